#include <sslx/error.h>
#include <sslx/method.h>
#include <sslx/modules.h>

namespace sslx {

Method::~Method() = default;

void Method::after_step(const Step&) {}

torch::Tensor Method::outputs(const torch::Tensor& images) {
  for (const std::shared_ptr<torch::nn::Module>& part : children()) {
    if (auto* encoder = dynamic_cast<EncoderImpl*>(part.get())) return encoder->forward(images);
  }
  throw input_error("it has no head whose outputs a probe could read; of must be features");
}

torch::Tensor Method::transfer_features(const torch::Tensor& images) { return embed(images); }

std::vector<ParameterGroup> Method::parameter_groups() {
  return {ParameterGroup{.parameters = trainable_parameters(*this)}};
}

}  // namespace sslx
