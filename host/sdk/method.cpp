#include <sslx/method.h>

namespace sslx {

Method::~Method() = default;

void Method::after_step(const Step&) {}

torch::Tensor Method::transfer_features(const torch::Tensor& images) { return embed(images); }

std::vector<ParameterGroup> Method::parameter_groups() {
  ParameterGroup group;
  for (const torch::Tensor& parameter : parameters()) {
    if (parameter.requires_grad()) group.parameters.push_back(parameter);
  }
  return {group};
}

}  // namespace sslx
