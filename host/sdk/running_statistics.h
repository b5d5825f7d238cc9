// What batch norms keep of the batches that they saw, for whoever computes it from parts of a
// batch.
#pragma once

#include <sslx/torch_base.h>

#include <string>
#include <vector>

namespace sslx {

/// The running means and variances of a module's batch norms. Aliases that autograd does not see:
/// the backward pass of a norm in training does not read them.
inline std::vector<torch::Tensor> running_statistics(const torch::nn::Module& module) {
  std::vector<torch::Tensor> out;
  for (const auto& item : module.named_buffers()) {
    const std::string& name = item.key();
    if (!name.ends_with("running_mean") && !name.ends_with("running_var")) continue;
    out.push_back(item.value().variable_data());
  }
  return out;
}

}  // namespace sslx
