// What a method asks of its batches and of the data's labels, checked before the first step, and
// what is worth a warning there.
#pragma once

#include <sslx/method.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::train {

struct Trained {
  std::string who;  ///< "method 'x'"
  Method& method;
  const nlohmann::json& config;  ///< The trial's.
  const torch::Tensor& labels;   ///< Of the training images; -1: without one.
  const torch::Tensor& judges;   ///< Of the training images that probes learn from.
};

/// "method 'x'", of a trial's configuration.
std::string method_name(const nlohmann::json& config);

/// Of a method that trains. Throws Error(kInput) for one that compares images but would see one at
/// a time, and for one that reads labels where images have none.
void check_trained(const Trained& trained);

/// Sentences for the journal: of batches that are compared in parts, where it `trains`, and of
/// fewer neighbours than the protocol asks for.
std::vector<std::string> warnings_of(const Trained& trained, bool trains);

}  // namespace sslx::train
