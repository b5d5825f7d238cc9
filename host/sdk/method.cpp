#include <sslx/method.h>
#include <sslx/modules.h>

namespace sslx {

Method::~Method() = default;

void Method::after_step(const Step&) {}

torch::Tensor Method::transfer_features(const torch::Tensor& images) { return embed(images); }

std::vector<ParameterGroup> Method::parameter_groups() {
  return {ParameterGroup{.parameters = trainable_parameters(*this)}};
}

}  // namespace sslx
