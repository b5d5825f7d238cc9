#include "host/train/foreach.h"

#include <sslx/torch_base.h>

#include <cmath>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace sslx::train {
namespace {

namespace optim = torch::optim;
using torch::Tensor;
using Tensors = std::vector<Tensor>;

Tensor loss_of(const optim::Optimizer::LossClosure& closure) {
  if (!closure) return {};
  const at::AutoGradMode with_gradient(true);
  return closure();
}

using States = ska::flat_hash_map<void*, std::unique_ptr<optim::OptimizerParamState>>;

/// Weights that have a gradient, and what is kept of each.
struct Part {
  Tensors weights;
  Tensors gradients;
  Tensors first;   ///< The momentum, or Adam's mean.
  Tensors second;  ///< Adam's mean of squares.

  void add(const Tensor& weight) {
    weights.push_back(weight);
    gradients.push_back(weight.grad());
  }
  void decay(double share) {
    if (share != 0) gradients = at::_foreach_add(gradients, weights, share);
  }
};

template <class State>
State& state_of(States& all, const Tensor& weight) {
  auto& place = all[weight.unsafeGetTensorImpl()];
  if (!place) place = std::make_unique<State>();
  return static_cast<State&>(*place);
}

/// One group's weights by the number of their step: those without a gradient now and then are
/// behind. Their state is made where it is not there yet.
template <class State>
std::map<int64_t, Part> by_step(const optim::OptimizerParamGroup& group, States& states) {
  std::map<int64_t, Part> out;
  for (const Tensor& weight : group.params()) {
    if (!weight.grad().defined()) continue;
    auto& state = state_of<State>(states, weight);
    if (!state.exp_avg().defined()) {
      state.step(0);
      state.exp_avg(torch::zeros_like(weight, torch::MemoryFormat::Preserve));
      state.exp_avg_sq(torch::zeros_like(weight, torch::MemoryFormat::Preserve));
    }
    state.step(state.step() + 1);
    Part& part = out[state.step()];
    part.add(weight);
    part.first.push_back(state.exp_avg());
    part.second.push_back(state.exp_avg_sq());
  }
  return out;
}

template <class Options>
void adam_step(const Part& part, int64_t step, const Options& options) {
  const auto [beta1, beta2] = options.betas();
  const double correction1 = 1 - std::pow(beta1, step);
  const double correction2 = 1 - std::pow(beta2, step);
  at::_foreach_mul_(part.first, beta1);
  at::_foreach_add_(part.first, part.gradients, 1 - beta1);
  at::_foreach_mul_(part.second, beta2);
  at::_foreach_addcmul_(part.second, part.gradients, part.gradients, 1 - beta2);
  const Tensors deviation = at::_foreach_sqrt(part.second);
  at::_foreach_div_(deviation, std::sqrt(correction2));
  at::_foreach_add_(deviation, options.eps());
  at::_foreach_addcdiv_(part.weights, part.first, deviation, -options.lr() / correction1);
}

/// Of weights that all have their momentum from earlier steps, or that all have none.
void sgd_step(Part part, const optim::SGDOptions& options, States& states) {
  if (part.weights.empty()) return;
  part.decay(options.weight_decay());
  if (options.momentum() == 0) {
    return at::_foreach_add_(part.weights, part.gradients, -options.lr());
  }
  if (part.first.empty()) {
    for (size_t i = 0; i < part.weights.size(); ++i) {
      part.first.push_back(part.gradients[i].detach().clone());
      state_of<optim::SGDParamState>(states, part.weights[i]).momentum_buffer(part.first[i]);
    }
  } else {
    at::_foreach_mul_(part.first, options.momentum());
    at::_foreach_add_(part.first, part.gradients, 1 - options.dampening());
  }
  const Tensors steps = options.nesterov()
                            ? at::_foreach_add(part.gradients, part.first, options.momentum())
                            : part.first;
  at::_foreach_add_(part.weights, steps, -options.lr());
}

}  // namespace

Tensor ForeachSgd::step(LossClosure closure) {
  const Tensor loss = loss_of(closure);
  const torch::NoGradGuard no_grad;
  for (const optim::OptimizerParamGroup& group : param_groups()) {
    const auto& options = static_cast<const optim::SGDOptions&>(group.options());
    Part begun, fresh;
    for (const Tensor& weight : group.params()) {
      if (!weight.grad().defined()) continue;
      Tensor momentum;
      if (options.momentum() != 0) {
        momentum = state_of<optim::SGDParamState>(state_, weight).momentum_buffer();
      }
      (momentum.defined() ? begun : fresh).add(weight);
      if (momentum.defined()) begun.first.push_back(momentum);
    }
    sgd_step(std::move(begun), options, state_);
    sgd_step(std::move(fresh), options, state_);
  }
  return loss;
}

Tensor ForeachAdam::step(LossClosure closure) {
  const Tensor loss = loss_of(closure);
  const torch::NoGradGuard no_grad;
  for (const optim::OptimizerParamGroup& group : param_groups()) {
    const auto& options = static_cast<const optim::AdamOptions&>(group.options());
    for (auto& [step, part] : by_step<optim::AdamParamState>(group, state_)) {
      part.decay(options.weight_decay());
      adam_step(part, step, options);
    }
  }
  return loss;
}

Tensor ForeachAdamW::step(LossClosure closure) {
  const Tensor loss = loss_of(closure);
  const torch::NoGradGuard no_grad;
  for (const optim::OptimizerParamGroup& group : param_groups()) {
    const auto& options = static_cast<const optim::AdamWOptions&>(group.options());
    for (const auto& [step, part] : by_step<optim::AdamWParamState>(group, state_)) {
      if (options.weight_decay() != 0) {
        at::_foreach_mul_(part.weights, 1 - options.lr() * options.weight_decay());
      }
      adam_step(part, step, options);
    }
  }
  return loss;
}

}  // namespace sslx::train
