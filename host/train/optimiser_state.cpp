#include "host/train/optimiser_state.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>

#include <algorithm>
#include <utility>

#include "host/train/lars.h"

namespace sslx::train {
namespace {

namespace optim = torch::optim;
using torch::Tensor;

/// The places of what one parameter has.
struct Places {
  std::vector<std::pair<const char*, Tensor*>> tensors;
  int64_t* step = nullptr;  ///< Null: it counts none.
};

template <class Adam>
Places adam_places(Adam& state) {
  return {{{"exp_avg", &state.exp_avg()},
           {"exp_avg_sq", &state.exp_avg_sq()},
           {"max_exp_avg_sq", &state.max_exp_avg_sq()}},
          &state.step()};
}

Places places_of(optim::OptimizerParamState& state) {
  if (auto* one = dynamic_cast<optim::SGDParamState*>(&state)) {
    return {{{"momentum_buffer", &one->momentum_buffer()}}};
  }
  if (auto* one = dynamic_cast<LarsParamState*>(&state)) {
    return {{{"momentum_buffer", &one->momentum_buffer()}}};
  }
  if (auto* one = dynamic_cast<optim::AdamParamState*>(&state)) return adam_places(*one);
  return adam_places(dynamic_cast<optim::AdamWParamState&>(state));
}

std::unique_ptr<optim::OptimizerParamState> fresh_state(const optim::Optimizer& optimiser) {
  if (dynamic_cast<const optim::SGD*>(&optimiser) != nullptr) {
    return std::make_unique<optim::SGDParamState>();
  }
  if (dynamic_cast<const Lars*>(&optimiser) != nullptr) return std::make_unique<LarsParamState>();
  if (dynamic_cast<const optim::Adam*>(&optimiser) != nullptr) {
    return std::make_unique<optim::AdamParamState>();
  }
  return std::make_unique<optim::AdamWParamState>();
}

std::vector<Tensor> parameters_of(const optim::Optimizer& optimiser) {
  std::vector<Tensor> out;
  for (const auto& group : optimiser.param_groups()) {
    out.insert(out.end(), group.params().begin(), group.params().end());
  }
  return out;
}

/// Takes one parameter's tensors out of those that are left, as the parameter lies in memory.
std::unique_ptr<optim::OptimizerParamState> taken(const optim::Optimizer& optimiser,
                                                  const Tensor& parameter,
                                                  const std::string& prefix, State& left) {
  std::unique_ptr<optim::OptimizerParamState> out;
  const auto take = [&](const std::string& name) {
    const auto node = left.extract(prefix + name);
    return node.empty() ? Tensor() : node.mapped();
  };
  auto state = fresh_state(optimiser);
  const Places places = places_of(*state);
  bool any = false;
  for (const auto& [name, place] : places.tensors) {
    const Tensor saved = take(name);
    if (!saved.defined()) continue;
    if (saved.sizes() != parameter.sizes()) {
      throw input_error(
          fmt::format("the optimiser's '{}{}' is not of its parameter's shape", prefix, name));
    }
    *place =
        torch::empty_like(parameter, parameter.options().dtype(saved.scalar_type())).copy_(saved);
    any = true;
  }
  if (places.step != nullptr) {
    const Tensor steps = take("step");
    if (steps.defined()) *places.step = steps.item<int64_t>();
    any = any || steps.defined();
  }
  if (any) out = std::move(state);
  return out;
}

}  // namespace

State optimiser_state(const optim::Optimizer& optimiser) {
  State out;
  const std::vector<Tensor> parameters = parameters_of(optimiser);
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto found = optimiser.state().find(parameters[i].unsafeGetTensorImpl());
    if (found == optimiser.state().end() || !found->second) continue;
    const Places places = places_of(*found->second);
    for (const auto& [name, place] : places.tensors) {
      if (place->defined()) out[fmt::format("{}.{}", i, name)] = copied(*place);
    }
    if (places.step != nullptr) {
      out[fmt::format("{}.step", i)] = torch::tensor(*places.step, torch::kInt64);
    }
  }
  return out;
}

void load_optimiser_state(optim::Optimizer& optimiser, const State& state) {
  const torch::NoGradGuard guard;
  State left = state;
  std::vector<std::pair<void*, std::unique_ptr<optim::OptimizerParamState>>> made;
  const std::vector<Tensor> parameters = parameters_of(optimiser);
  for (size_t i = 0; i < parameters.size(); ++i) {
    auto one = taken(optimiser, parameters[i], fmt::format("{}.", i), left);
    if (one) made.emplace_back(parameters[i].unsafeGetTensorImpl(), std::move(one));
  }
  if (!left.empty()) {
    throw input_error(fmt::format("the optimiser has no place for '{}'", left.begin()->first));
  }
  optimiser.state().clear();
  for (auto& [parameter, one] : made) optimiser.state()[parameter] = std::move(one);
}

}  // namespace sslx::train
