// A method that is checked: made as a trial makes it, with a seed of its own, and trained for a few
// steps of plain SGD, so that whatever differs between two of them is the method's.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "host/data/dataset.h"
#include "host/data/split.h"
#include "host/train/device.h"
#include "host/trial/components.h"
#include "host/trial/trial_request.h"
#include "host/weights/safetensors.h"

namespace sslx::check {

/// What all subjects of a check are made from.
struct Setting {
  explicit Setting(const train::TrialRequest& trial);

  train::TrialRequest trial;
  train::Machine machine;
  data::Dataset set;
  train::Split images;
  int64_t batch_size = 0;
};

/// Everything that a method has registered, and where its streams of random numbers are.
struct Moment {
  train::State state;
  torch::Tensor generator;
};

class Subject {
 public:
  Subject(const Setting& setting, uint64_t seed, std::shared_ptr<Group> group = nullptr);
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  Method& method() { return *method_; }
  const std::vector<ParameterGroup>& groups() const { return groups_; }
  bool trains() const { return !groups_.empty(); }
  /// The diagnostics that the plugin names, where it does.
  const std::optional<std::vector<std::string>>& declared() const {
    return components_.diagnostics();
  }
  /// Names of parameters that may be without a gradient, as the plugin says.
  const std::vector<std::string>& may_lack_gradient() const {
    return components_.may_lack_gradient();
  }

  /// Views, made anew at each call, of the images of batch `number`.
  Batch batch(int64_t number) const;
  /// Images as evaluation prepares them.
  torch::Tensor evaluation_images() const;
  /// As before the first step of an epoch.
  void begin_epoch();
  /// The loss with torch's own random numbers from a place that `number` decides.
  Loss loss(const Batch& batch, int64_t number);
  /// Loss, gradient, update, and what the method does after a step; the loss.
  double step(int64_t number);
  void drop_gradients();

  Moment moment() const;
  /// Copies what both have, in place.
  void go_to(const Moment& moment);
  /// From here on in float64.
  void widen();

 private:
  const Setting& setting_;
  train::TrialRequest trial_;
  train::Components components_;
  std::shared_ptr<Method> method_;
  std::vector<ParameterGroup> groups_;
  std::unique_ptr<data::ViewPipeline> views_;
  evaluate::Prepare prepare_;
  bool wide_ = false;
};

}  // namespace sslx::check
