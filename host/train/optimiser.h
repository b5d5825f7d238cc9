// The optimiser and its schedule, as a trial's [train] table says.
#pragma once

#include <sslx/method.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

namespace sslx::train {

/// Learning rate by step: linear warm-up from 0 over the first steps, then the half-cosine to 0
/// (SGDR without restarts, Loshchilov and Hutter 2016, arXiv:1608.03983) or constant.
class Schedule {
 public:
  /// `config` is the trial's "train" object.
  Schedule(const nlohmann::json& config, int64_t steps_per_epoch, int64_t total_steps);

  /// The rate of step 0 .. total_steps-1; the base rate is reached at the end of the warm-up.
  double rate(int64_t step) const;
  double base_rate() const { return base_rate_; }

 private:
  double base_rate_;
  bool cosine_;
  int64_t warmup_steps_;
  int64_t total_steps_;
};

/// SGD with momentum over the method's groups.
class Optimiser {
 public:
  /// Throws Error(kInput) for an optimiser that is not known.
  Optimiser(const nlohmann::json& config, const std::vector<ParameterGroup>& groups,
            Schedule schedule);

  /// Updates the parameters with the rate of `step`, then drops the gradients.
  void step(int64_t step);
  double rate(int64_t step) const { return schedule_.rate(step); }

 private:
  struct GroupRate {
    double scale;
    bool constant;
  };
  Schedule schedule_;
  std::vector<GroupRate> rates_;
  std::unique_ptr<torch::optim::SGD> sgd_;
};

}  // namespace sslx::train
