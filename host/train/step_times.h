// Where the time of a training goes, as shares of its steps: waiting for data, forward, backward,
// update. On a GPU the calls return before the work is done: there events among the work tell, in
// the steps that are asked for, and nobody waits for them before they are long past.
#pragma once

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/train/device.h"

namespace sslx::train {

class StepTimes {
 public:
  enum Part { kData, kForward, kBackward, kUpdate };

  explicit StepTimes(const Machine& machine) : device_(machine.device) {}

  /// At a step's beginning; `asked`: it counts on a GPU, too.
  void begin(bool asked) {
    if (is_past()) collect();
    counted_ = asked || !is_gpu();
    if (counted_) mark(kBegin);
  }

  /// What has passed since the last call was this part.
  void end(Part part) {
    if (counted_) mark(part);
  }

  /// What a part took so far, in the steps that count.
  double seconds(Part part) const { return all()[part]; }

  /// Of all parts; those of an earlier run are added to what it has.
  const std::array<double, 4>& all() const {
    collect();
    return seconds_;
  }
  void add(const std::array<double, 4>& earlier) {
    for (size_t i = 0; i < seconds_.size(); ++i) seconds_[i] += earlier[i];
  }

  /// share_data, share_forward, share_backward and share_update, which add up to 1.
  std::map<std::string, double> shares() const {
    collect();
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
  static constexpr int kBegin = -1;

  bool is_gpu() const { return !device_.is_cpu(); }

  void mark(int part) {
    if (!is_gpu()) {
      const Clock::time_point now = Clock::now();
      if (part != kBegin) {
        seconds_[static_cast<size_t>(part)] += std::chrono::duration<double>(now - last_).count();
      }
      last_ = now;
      return;
    }
    c10::Event event(device_.type(), c10::EventFlag::BACKEND_DEFAULT);  // with its time
    event.record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
    marks_.emplace_back(part, std::move(event));
  }

  bool is_past() const { return !marks_.empty() && marks_.back().second.query(); }

  void collect() const {
    if (marks_.empty()) return;
    if (!is_past()) marks_.back().second.synchronize();
    for (size_t i = 1; i < marks_.size(); ++i) {
      const auto& [part, event] = marks_[i];
      if (part == kBegin) continue;
      seconds_[static_cast<size_t>(part)] += marks_[i - 1].second.elapsedTime(event) / 1000;
    }
    marks_.clear();
  }

  torch::Device device_;
  bool counted_ = false;
  Clock::time_point last_;
  mutable std::array<double, 4> seconds_{};
  mutable std::vector<std::pair<int, c10::Event>> marks_;  ///< Of a GPU, that were not collected.
};

}  // namespace sslx::train
