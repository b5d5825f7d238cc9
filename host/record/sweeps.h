// Sweeps as the record knows them: name, text, table layout and the trials that the last command
// planned. Registering is idempotent; a trial is never deleted, and keeps its runs.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/record/database.h"

namespace sslx::record {

struct PlannedTrial {
  std::string identity;
  nlohmann::json config;  ///< Canonical.
  uint64_t seed = 0;
  std::string variant;
  nlohmann::json axes = nlohmann::json::object();  ///< path -> value
};

struct SweepDefinition {
  std::string name;
  std::string title;
  std::string file;                  ///< Where it was read from.
  std::string text;                  ///< The file's bytes; their digest is kept beside.
  nlohmann::json table;              ///< {"rows":[...],"columns":[...],"metrics":[...]}
  std::vector<PlannedTrial> trials;  ///< In the order of the file.
};

/// Adds the sweep, or replaces the definition and plan of the one of that name.
void register_sweep(Database& database, const SweepDefinition& sweep);

struct SweepSummary {
  std::string name;
  std::string title;
  std::string file;
  int64_t done = 0;      ///< Planned trials whose newest build has a final run.
  int64_t planned = 0;   ///< Distinct trials.
  std::string last_run;  ///< When the newest run began; empty when there is none.
};

/// Sorted by name.
std::vector<SweepSummary> list_sweeps(Database& database);

/// The sweep and its planned trials; Error(kInput) with the nearest name when there is none.
SweepDefinition find_sweep(Database& database, const std::string& name);

}  // namespace sslx::record
