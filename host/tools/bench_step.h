// `sslx bench step`: how long one training step of a trial takes on this machine, and where in it
// the time goes.
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::train {

/// Trains the trial request["trial"] for request["steps"] steps after two that are not counted, and
/// prints the medians; with request["each"] once in each precision and memory format. Nothing is
/// recorded. Throws what making and training the trial throws.
void bench_step(const nlohmann::json& request);

}  // namespace sslx::train
