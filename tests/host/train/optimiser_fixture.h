// What the tests of optimisers and schedules share: a train table, and weights with gradients.
#pragma once

#include "host/train/optimiser.h"

namespace sslx::test {

/// As resolve_train() gives it, without warm-up and weight decay.
inline nlohmann::json train_config(const nlohmann::json& changes = nlohmann::json::object()) {
  nlohmann::json out{{"lr", 0.1},          {"lr_scaling", "none"}, {"batch_size", 512},
                     {"momentum", 0.9},    {"weight_decay", 0.0},  {"schedule", "cosine"},
                     {"warmup_epochs", 0}, {"optimizer", "sgd"}};
  out.update(changes);
  return out;
}

/// An optimiser and the schedule of the same table, at one step an epoch.
inline train::Optimiser make_optimiser(const nlohmann::json& config,
                                       const std::vector<ParameterGroup>& groups,
                                       int64_t total_steps) {
  return {config, groups, train::Schedule(config, 1, total_steps)};
}

inline torch::Tensor weight_with_gradient(const torch::Tensor& value,
                                          const torch::Tensor& gradient) {
  torch::Tensor weight = value.clone().requires_grad_();
  weight.mutable_grad() = gradient.clone();
  return weight;
}

inline torch::Tensor weight_with_gradient(double value, double gradient) {
  return weight_with_gradient(torch::full({1}, value), torch::full({1}, gradient));
}

}  // namespace sslx::test
