#include "host/train/lars.h"

namespace sslx::train {
namespace {

using Tensors = std::vector<torch::Tensor>;

/// On the device throughout: a norm that is read would make every step wait for the GPU.
Tensors trust_ratios(const Tensors& weights, const Tensors& directions, double eta) {
  const torch::Tensor weight = torch::stack(at::_foreach_norm(weights));
  const torch::Tensor direction = torch::stack(at::_foreach_norm(directions));
  const torch::Tensor both = weight.gt(0).logical_and_(direction.gt(0));
  return torch::where(both, eta * weight / direction, torch::ones_like(weight)).unbind();
}

Tensors gradients_of(const Tensors& weights) {
  Tensors out;
  for (const torch::Tensor& weight : weights) out.push_back(weight.grad());
  return out;
}

Tensors adapted_directions(const Tensors& weights, const LarsOptions& options) {
  Tensors out = at::_foreach_add(gradients_of(weights), weights, options.weight_decay());
  at::_foreach_mul_(out, trust_ratios(weights, out, options.eta()));
  return out;
}

}  // namespace

torch::Tensor Lars::step(LossClosure closure) {
  torch::Tensor loss;
  if (closure) {
    const at::AutoGradMode with_gradient(true);
    loss = closure();
  }
  const torch::NoGradGuard no_grad;
  for (const torch::optim::OptimizerParamGroup& group : param_groups()) {
    const auto& options = static_cast<const LarsOptions&>(group.options());
    Tensors adapted, plain;
    for (const torch::Tensor& weight : group.params()) {
      if (!weight.grad().defined()) continue;
      (options.exclude() && weight.dim() <= 1 ? plain : adapted).push_back(weight);
    }
    update(adapted, options, true);
    update(plain, options, false);
  }
  return loss;
}

void Lars::update(const Tensors& weights, const LarsOptions& options, bool adapted) {
  if (weights.empty()) return;
  const Tensors directions = adapted ? adapted_directions(weights, options) : gradients_of(weights);
  const Tensors buffers = momentum_buffers(weights);
  at::_foreach_mul_(buffers, options.momentum());
  at::_foreach_add_(buffers, directions, options.classic() ? options.lr() : 1.0);
  at::_foreach_add_(weights, buffers, options.classic() ? -1.0 : -options.lr());
}

Tensors Lars::momentum_buffers(const Tensors& weights) {
  Tensors out;
  for (const torch::Tensor& weight : weights) {
    auto& state = state_[weight.unsafeGetTensorImpl()];
    if (!state) {
      auto fresh = std::make_unique<LarsParamState>();
      fresh->momentum_buffer(torch::zeros_like(weight));
      state = std::move(fresh);
    }
    out.push_back(static_cast<LarsParamState&>(*state).momentum_buffer());
  }
  return out;
}

}  // namespace sslx::train
