// Sweeps as the record knows them. A sweep's name may have several plans: the same file under other
// --set values, an edited file, another file of that name. Each keeps its number, its text, its
// table's layout and its trials, so that a table is always that of what was asked for. Registering
// is idempotent; a trial is never deleted, and keeps its runs.
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
  std::string build;  ///< Which code made its runs, where a table sets several side by side.
};

struct SweepDefinition {
  std::string name;
  std::string title;
  std::string file;                  ///< Where it was read from.
  std::string text;                  ///< The file's bytes; their digest is kept beside.
  nlohmann::json table;              ///< {"rows":[...],"columns":[...],"metrics":[...]}
  std::vector<PlannedTrial> trials;  ///< In the order of the file.
  /// What was given beside the file that changes the plan: {"--set", "train.lr=0.1"}.
  std::vector<std::string> options;
  std::string command;  ///< The shell's line that goes on with it; "" when it is not known.
  std::string folder;   ///< The folder in which that line was given, quoted for the shell.
};

/// One of the plans under a sweep's name.
struct PlanSummary {
  int64_t id = 0;
  int64_t number = 0;  ///< From 1, in the order in which they were first registered.
  std::string file;
  std::string digest;  ///< SHA-256 of the file's bytes.
  std::vector<std::string> options;
  std::string updated;  ///< When it was last registered.
  std::string folder;   ///< Where the command was given, quoted for the shell.

  /// Of the file: the same for one file, from whichever folder it was named.
  std::string place() const;
};

/// What registering found.
struct Registered {
  PlanSummary plan;
  std::vector<PlanSummary> others;  ///< Of the same name, the last used first.
};

/// Adds the plan, or makes the one that is the same (file's bytes, options and trials) the last of
/// its name again.
Registered register_sweep(Database& database, const SweepDefinition& sweep);

struct SweepSummary {
  std::string name;
  std::string title;
  std::string file;
  int64_t done = 0;      ///< Trials of the last plan that ended by the code that a table shows.
  int64_t planned = 0;   ///< Distinct trials of it.
  std::string last_run;  ///< When the newest run began; empty when there is none.
  int64_t plans = 1;     ///< Under this name.
};

/// Sorted by name.
std::vector<SweepSummary> list_sweeps(Database& database);

/// The plans under a name, the last used first; Error(kInput) with the nearest name when there is
/// none.
std::vector<PlanSummary> list_plans(Database& database, const std::string& name);

/// The plan of that number, 0 being the last used; Error(kInput) when there is none.
PlanSummary find_plan(Database& database, const std::string& name, int64_t number = 0);

/// The plan's definition and trials.
SweepDefinition read_plan(Database& database, const std::string& name, const PlanSummary& plan);

}  // namespace sslx::record
