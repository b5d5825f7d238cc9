// The optimiser and its schedule, as a trial's [train] table says. Options that are left out of the
// table (see resolve_train() in host/sweep/builtin_schema.h) have the value that changes nothing.
#pragma once

#include <sslx/method.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::train {

/// Learning rate by step: linear warm-up from 0 over the first steps, then the half-cosine to a
/// share of the base rate (SGDR without restarts, Loshchilov and Hutter 2016, arXiv:1608.03983),
/// constant, or falling by a factor at milestones. Weight decay is constant or a half-cosine over
/// all steps (DINO, arXiv:2104.14294, section 3.2).
class Schedule {
 public:
  /// `config` is the trial's "train" object.
  Schedule(const nlohmann::json& config, int64_t steps_per_epoch, int64_t total_steps);

  /// The rate of step 0 .. total_steps-1; the base rate is reached at the end of the warm-up.
  double rate(int64_t step) const;
  double base_rate() const { return base_rate_; }
  double weight_decay(int64_t step) const;

 private:
  double share(int64_t step) const;

  double base_rate_;
  std::string shape_;
  int64_t warmup_steps_;
  int64_t total_steps_;
  double final_share_;
  std::vector<int64_t> drops_;  ///< The first steps of lower rates; none without milestones.
  double gamma_ = 1;
  double first_decay_;
  double last_decay_;
};

/// One of torch's optimisers or Lars, and how the weight decay of its options is set.
struct Algorithm {
  std::unique_ptr<torch::optim::Optimizer> optimiser;
  void (*set_decay)(torch::optim::OptimizerOptions& options, double decay);
};

/// SGD, LARS, Adam or AdamW over the method's groups.
class Optimiser {
 public:
  /// `config` is the one that the schedule was made from. Throws Error(kInput) for an optimiser
  /// that is not known.
  Optimiser(const nlohmann::json& config, const std::vector<ParameterGroup>& groups,
            Schedule schedule);

  /// Clips the gradients where that is on, updates the parameters with the rate and the weight
  /// decay of `step`, then drops the gradients.
  void step(int64_t step);
  double rate(int64_t step) const { return schedule_.rate(step); }

  /// Its state() holds the named tensors of each parameter.
  const torch::optim::Optimizer& algorithm() const { return *algorithm_.optimiser; }
  torch::optim::Optimizer& algorithm() { return *algorithm_.optimiser; }

 private:
  void clip_gradients() const;

  Schedule schedule_;
  std::vector<ParameterGroup> groups_;
  Algorithm algorithm_;
  double clip_norm_;
  bool clip_each_;
};

}  // namespace sslx::train
