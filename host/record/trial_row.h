// The row of a trial, written both when a sweep is registered and when a run is taken over whose
// sweep is not known here; and what of a trial its training depends on.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sslx::record {

class Connection;

/// SHA-256 of what the training of a trial depends on: its configuration without `evaluate` and
/// without the choice of test images, and its seed. Trials that have it in common train the same
/// weights, and differ in how these are evaluated.
std::string training_identity(const nlohmann::json& config, uint64_t seed);

/// Canonical text of that part of a configuration, and the identity from it and a seed.
std::string training_text(const nlohmann::json& config);
std::string training_identity_of_text(const std::string& text, uint64_t seed);

/// Of a trial that is there only the time changes, to the earliest of all at which it was planned
/// or run: so that a row depends on what was recorded, not on when it was taken in.
void put_trial(Connection& handle, const std::string& identity, const nlohmann::json& config,
               uint64_t seed, const std::string& time);

}  // namespace sslx::record
