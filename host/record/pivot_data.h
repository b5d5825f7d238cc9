// What a sweep's table is made of: each planned trial with the run that counts for it, read in one
// snapshot. The run that counts is the newest final one of the build that the table is of.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/record/builds.h"
#include "host/record/database.h"
#include "host/record/runs.h"
#include "host/record/sweeps.h"
#include "host/record/table_facts.h"

namespace sslx::record {

/// Which plan's table, and of whose runs.
struct TableRequest {
  std::string sweep;
  int64_t plan = 0;  ///< Its number; 0: the last used.
  std::string plugins =
      "";                  ///< A digest's beginning chooses the build; "": the newest complete one.
  Digests installed = {};  ///< Unless empty, only runs by exactly these count.
  bool by_plugin = false;  ///< All builds, each in rows of its own.
};

struct ResultValue {
  std::string metric;
  std::string protocol;
  double value = 0;
  std::string unit;
};

struct RunFacts {
  RunSummary summary;
  std::string provenance;
  double images_per_second = 0;  ///< NaN when it was not measured.
  double peak_memory_bytes = 0;
  std::string machine;
  std::string versions;
  std::vector<ResultValue> results;
  std::map<std::string, double> last;  ///< Training metrics' last values.
  bool disturbed = false;              ///< See load.h.
  std::string data_path = {};          ///< Where its data lay,
  std::string data_state = {};         ///< and their files' state (host/data/data_state.h).
  nlohmann::json evaluation_data = nlohmann::json::object();  ///< "path" and "state" of its own.
  std::string home = "";                                      ///< Whose run it is: see home.h.
  std::string host = "";

  /// Whether it has figures. One that diverged has none, and is as final.
  bool has_result() const { return summary.state == "completed" || summary.state == "collapsed"; }
};

/// A run's figure of that name, of a probe under that protocol; empty when it has none. Training
/// metrics are there for what the table or a claim of it names.
std::optional<double> measured(const RunFacts& run, const std::string& metric,
                               const std::string& protocol);

struct TrialData {
  PlannedTrial trial;
  std::string label;               ///< "SimCLR, method.temperature=0.5, seed 0"
  std::optional<RunFacts> newest;  ///< Of the build, as what follows.
  std::optional<RunFacts> counted;
  bool ended = false;  ///< Its newest final run has a result, or diverged.
  size_t stale = 0;    ///< Final runs of other builds.
};

struct SweepData {
  SweepDefinition sweep;          ///< Its trials are moved into `trials`.
  std::vector<TrialData> trials;  ///< Distinct within a variant and axes, in the plan's order.
  std::map<std::string, nlohmann::json> protocols;  ///< By fingerprint.
  std::vector<std::string> warnings;                ///< Of the counted runs, each once.
  PlanSummary plan;
  std::vector<PlanSummary> other_plans;  ///< Of the same name, the last used first.
  PlanBuilds builds;
  Build shown;  ///< Whose runs count; nothing where builds are side by side.
  TableCost cost;
  MadeAgainCounts made_again;
};

/// Error(kInput) when there is no such sweep, plan or build.
SweepData read_sweep_data(Database& database, const TableRequest& request);

/// The path of PlannedTrial::build, a row of tables of several builds.
inline constexpr const char* kBuildPath = "plugins";

/// How a value of a configuration is shown: a table by its name, a list joined by +.
std::string shown_value(const nlohmann::json& value);

/// "0.50" and "0.5" are the same value.
bool is_same_value(const std::string& one, const std::string& other);

/// What of a trial its values are found in.
struct TrialValues {
  std::string_view variant;
  uint64_t seed;
  const nlohmann::json& axes;
  const nlohmann::json& config;
  std::string_view build = "";
};

/// The value that a trial has at "variant", "method", an axis or a path of its configuration.
std::optional<std::string> trial_value(const TrialValues& trial, const std::string& path);
std::optional<std::string> trial_value(const PlannedTrial& trial, const std::string& path);

}  // namespace sslx::record
