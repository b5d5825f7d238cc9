#include "host/evaluate/borrowed.h"

namespace sslx::train {

Borrowed::Borrowed(torch::nn::Module& module)
    : module_(module), was_training_(module.is_training()) {
  const auto keep = [&](const torch::Tensor& tensor) {
    kept_.push_back({tensor, tensor.detach().clone(), tensor.requires_grad()});
  };
  for (const torch::Tensor& buffer : module.buffers()) keep(buffer);
  for (torch::Tensor& parameter : module.parameters()) {
    keep(parameter);
    if (parameter.is_floating_point()) parameter.requires_grad_(true);
  }
}

Borrowed::~Borrowed() {
  const torch::NoGradGuard guard;
  for (Kept& kept : kept_) {
    kept.tensor.copy_(kept.value);
    kept.tensor.mutable_grad() = torch::Tensor();
    kept.tensor.requires_grad_(kept.learns);
  }
  module_.train(was_training_);
}

}  // namespace sslx::train
