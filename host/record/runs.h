// Runs as the record knows them: whether a trial is done by the same build, and everything of one.
// A run's provenance is the digest of its plugins' and its host's digests: a final run of another
// provenance is stale, which means kept but not counted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/record/database.h"
#include "host/record/verdicts.h"

namespace sslx::record {

class Connection;

struct PluginUse {
  std::string kind;
  std::string name;
  std::string version;
  std::string sha256;
  std::string compiler = {};  ///< As its library says; "" when it was not recorded.
};

/// Independent of the plugins' order.
std::string provenance_of(const std::vector<PluginUse>& plugins, const std::string& host_sha256);

/// How the trial's newest final run by exactly these plugins and this host ended: "completed",
/// "collapsed" or "diverged"; "" when it has none.
std::string final_state(Database& database, const std::string& trial,
                        const std::vector<PluginUse>& plugins, const std::string& host_sha256 = "");

/// The same of its newest final run by whatever plugins and host.
std::string final_state_by_any(Database& database, const std::string& trial);

/// A run that a new one may go on from.
struct EarlierRun {
  std::string directory;
  bool same_trial = false;  ///< Else only its training is the same.
};

/// The runs of the trial that ended, and those that trained the same weights to evaluate them
/// otherwise, by these plugins and this host; those of the trial first, newest first.
std::vector<EarlierRun> earlier_runs(Database& database, const std::string& trial,
                                     const std::string& training,
                                     const std::vector<PluginUse>& plugins,
                                     const std::string& host_sha256 = "");

struct RunSummary {
  std::string id;
  std::string trial;
  std::string sweep;
  std::string variant;
  nlohmann::json axes;
  uint64_t seed = 0;
  int64_t attempt = 0;
  std::string state;
  std::string message;
  std::string started;
  double seconds = 0;
  std::string directory;
  double earlier_seconds = 0;  ///< What the stages that it took over from another run had cost.
};

/// Hands over one run after the other, newest first; an empty filter takes all, several states
/// any of them. No more than one is in memory at a time.
void each_run(Database& database, const std::string& sweep, const std::vector<std::string>& states,
              const std::function<void(RunSummary)>& visit);

/// All of them at once.
std::vector<RunSummary> list_runs(Database& database, const std::string& sweep = "",
                                  const std::string& state = "");

/// The threads of each completed run, by its id.
std::map<std::string, int> threads_of_runs(Database& database);

/// Ends a run that still counts as running: its state becomes `state` ("lost", ...). Does nothing,
/// and returns false, when the run has ended or is not there.
bool mark_run(Database& database, const std::string& run, const std::string& state,
              const std::string& message);

/// The same in a transaction, at a time of which runs/record.jsonl knows.
bool end_running(Connection& handle, const std::string& run, const std::string& state,
                 const std::string& message, const std::string& time);

/// The states a run can have.
const std::vector<std::string>& run_states();

/// The one run whose id begins so; Error(kInput) when there is none or more than one.
std::string find_run(Database& database, const std::string& prefix);

struct MetricSummary {
  std::string name;
  int64_t count = 0;
  double first = 0;
  double last = 0;
};

struct ResultEntry {
  std::string metric;
  double value = 0;
  std::string unit;
  std::string fingerprint;
  nlohmann::json protocol;
  int64_t predictions_bytes = 0;
  int64_t line = 0;  ///< Of the journal.
};

/// A stage that the run finished, or took over from another.
struct StageEntry {
  std::string name;
  std::string file;  ///< Of its weights, in the run's folder.
  std::string weights_sha256;
  std::string taken_from;  ///< A run's id; "" for its own.
};

/// A plan that the run's trial belongs to.
struct PlanEntry {
  std::string sweep;
  int64_t number = 0;
  std::string file;
  std::string file_sha256;
};

/// Everything of one run. `facts` holds the columns of v_runs by their names.
struct RunDetails {
  RunSummary summary;
  nlohmann::json config;
  nlohmann::json facts;
  std::vector<PluginUse> plugins;
  std::vector<MetricSummary> metrics;
  std::vector<ResultEntry> results;
  std::vector<std::string> warnings;
  std::vector<StageEntry> stages;
  std::vector<PlanEntry> plans;
  std::optional<Verdict> verdict;  ///< The last.
  std::string data_state;          ///< Of the data's files when it was planned, or "".
  nlohmann::json evaluation_data;  ///< "path" and "state" of evaluate.data, where there is that.
  int64_t difference_bytes = 0;    ///< Of what was changed and not committed, where it is kept.
  bool has_log = false;
};

RunDetails run_details(Database& database, const std::string& run);

}  // namespace sslx::record
