// A value of a method that changes over the training: a target's momentum, a temperature. The
// learning rate and the weight decay have schedules of the trainer's own.
#pragma once

#include <sslx/kept.h>
#include <sslx/method.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <string_view>

namespace sslx {

/// From `first` at the start of the training to `last` at `share` of it, then `last`; by a straight
/// line, by half a cosine (BYOL, section 3.2; arXiv:2006.07733) or not at all.
struct Ramp {
  double first = 0;
  std::string shape = "constant";  ///< constant, linear or cosine; constant stays at `first`.
  double last = 0;
  double share = 1;  ///< Above 0, at most 1: DINO's temperature rises over the first epochs only.

  /// `progress` is the share of the training that is done, as Step has it.
  double at(double progress) const {
    if (shape == "constant") return first;
    const double done = std::min(progress / share, 1.0);
    if (shape == "linear") return first + (last - first) * done;
    return last + (first - last) * (std::cos(std::numbers::pi * done) + 1) / 2;
  }
};

/// The parameters of a plugin that schedules `name`, to be listed in its schema beside `name`
/// itself, a real: `name`_schedule ...
consteval ParameterSpec schedule_parameter(std::string_view name,
                                           std::string_view shape = "constant") {
  return choice(std::string(name) + "_schedule", shape, "constant|linear|cosine",
                "how " + std::string(name) + " goes to its final value");
}
/// ... final_`name` ...
consteval ParameterSpec final_parameter(std::string_view name, double value) {
  return real("final_" + std::string(name), value,
              "where " + std::string(name) + "'s schedule ends");
}
/// ... and `name`_share.
consteval ParameterSpec share_parameter(std::string_view name, double value = 1) {
  ParameterSpec spec =
      real(std::string(name) + "_share", value, "share of the training that the schedule takes")
          .above(0);
  spec.maximum = 1;
  return spec;
}

/// What the parameters `name`, `name`_schedule, final_`name` and `name`_share say.
inline Ramp ramp(const Parameters& parameters, std::string_view name) {
  const std::string text(name);
  return {parameters.real(text), parameters.choice(text + "_schedule"),
          parameters.real("final_" + text), parameters.real(text + "_share")};
}

/// A scheduled value that loss() reads, which is not told where the training stands: the place is a
/// buffer, `progress`, so that a saved method goes on with the right value. What after_step() needs
/// (a momentum) needs none of this: Ramp::at(step.progress()).
class ScheduledImpl : public torch::nn::Module {
 public:
  explicit ScheduledImpl(Ramp ramp)
      : ramp_(std::move(ramp)),
        progress_(register_buffer("progress", torch::zeros({}, torch::kFloat64))) {}

  double value() const { return ramp_.at(progress_.value()); }

  /// To be called by after_step(): the next loss() is that of the next step.
  void advance(const Step& done) {
    progress_.set(Step{done.step + 1, done.total_steps, 0}.progress());
  }

 private:
  Ramp ramp_;
  Kept<double> progress_;
};
TORCH_MODULE(Scheduled);

}  // namespace sslx
