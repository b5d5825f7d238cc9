// Where the time of a training goes, as shares of its steps: waiting for data, forward, backward,
// update. On a GPU the calls return before the work is done; waiting for it at each boundary would
// slow the training down, so there only the steps that are asked for count.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <string>

#include "host/train/device.h"

namespace sslx::train {

class StepTimes {
 public:
  enum Part { kData, kForward, kBackward, kUpdate };

  explicit StepTimes(const Machine& machine) : gpu_(machine.device.is_cuda()) {}

  /// At a step's beginning; `asked`: it counts on a GPU, too.
  void begin(bool asked) {
    counted_ = asked || !gpu_;
    last_ = now();
  }

  /// What has passed since the last call was this part.
  void end(Part part) {
    const Clock::time_point at = now();
    if (counted_) seconds_[part] += std::chrono::duration<double>(at - last_).count();
    last_ = at;
  }

  /// What a part took so far, in the steps that count.
  double seconds(Part part) const { return seconds_[part]; }

  /// Of all parts; those of an earlier run are added to what it has.
  const std::array<double, 4>& all() const { return seconds_; }
  void add(const std::array<double, 4>& earlier) {
    for (size_t i = 0; i < seconds_.size(); ++i) seconds_[i] += earlier[i];
  }

  /// share_data, share_forward, share_backward and share_update, which add up to 1.
  std::map<std::string, double> shares() const {
    double all = 0;
    for (const double part : seconds_) all += part;
    if (all <= 0) return {};
    return {{"share_data", seconds_[kData] / all},
            {"share_forward", seconds_[kForward] / all},
            {"share_backward", seconds_[kBackward] / all},
            {"share_update", seconds_[kUpdate] / all}};
  }

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point now() const {
    if (gpu_ && counted_) torch::cuda::synchronize();
    return Clock::now();
  }

  bool gpu_;
  bool counted_ = false;
  Clock::time_point last_;
  std::array<double, 4> seconds_{};
};

}  // namespace sslx::train
