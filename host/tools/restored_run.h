// A recorded run made again from its plugins and its weights, without its data: what `sslx export`
// and `sslx attention` look into.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "host/trial/components.h"
#include "host/trial/trial_request.h"
#include "host/weights/safetensors.h"

namespace sslx::train {

class RestoredRun {
 public:
  /// `request` is the run's request.json; `recorded` has
  ///   weights, weights_sha256  the run's file, and the digest that the record has of it
  ///   facts                    channels, height, width, images, classes, steps: what the run saw
  /// Throws Error(kInput) when the weights are not the recorded ones.
  RestoredRun(const nlohmann::json& request, const nlohmann::json& recorded);

  const TrialRequest& request() const { return request_; }
  const State& weights() const { return weights_; }
  Components& components() { return components_; }
  /// The run's own, for as much of it as this machine has; known once method() was called.
  const Machine& machine() const { return machine_; }
  /// The method with the run's weights; made when it is first asked for.
  Method& method();
  /// For messages: "method 'simclr'".
  std::string method_name() const;

 private:
  void read_sources();

  nlohmann::json recorded_;
  TrialRequest request_;
  Components components_;
  State weights_;
  Machine machine_;
  std::shared_ptr<Method> method_;
};

}  // namespace sslx::train
