// Batch norm in training with what follows it, for the CPU: some passes over memory instead of an
// operation's each. Private to the SDK: norm.h is what others use.
#pragma once

#include <sslx/torch_base.h>

#include <optional>

namespace sslx::batch_norm {

/// What is done with x, besides the norm.
struct Options {
  double momentum = 0.1;  ///< Of the running statistics.
  double eps = 1e-5;
  bool relu = false;
};

/// Parameters and running statistics, [C] each, float32.
struct State {
  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor running_mean;
  torch::Tensor running_var;
};

/// Whether normalise() takes them: x of float32 or bfloat16 on a CPU, [N, C, H, W] in channels-last
/// order or [N, C], C a multiple of 8, more than one value a channel; float32 parameters.
bool fits(const torch::Tensor& x, const State& state);

/// act(norm(x) + residual), act ReLU or nothing, in x's type and order, by the batch's statistics;
/// the running ones are moved towards them. The sums are added up in an order that depends on the
/// sizes alone: any number of threads gives the same bits.
torch::Tensor normalise(const torch::Tensor& x, const State& state,
                        const std::optional<torch::Tensor>& residual, const Options& options);

}  // namespace sslx::batch_norm
