// The executor's record as it is in earnest: the database. Also what a plan needs of it beforehand:
// registering, and an estimate from earlier runs.
#pragma once

#include <optional>
#include <string>

#include "host/record/builds.h"
#include "host/record/database.h"
#include "host/record/sweeps.h"
#include "host/sweep/executor.h"

namespace sslx::sweep {

/// What becomes of a trial whose only results are by other plugins or another host.
enum class Stale {
  kRerun,  ///< It is run again; they stay in the history.
  kKeep,   ///< It is done.
};

class DatabaseRecord : public RunRecord {
 public:
  DatabaseRecord(record::Database& database, std::string host_sha256, Stale stale = Stale::kRerun);
  /// "completed", "collapsed", "diverged", or "".
  std::string final_state(const Trial& trial);
  /// Whether it has a result, but none by these plugins and this host.
  bool is_stale(const Trial& trial);
  bool is_done(const Trial& trial) override;
  std::vector<std::filesystem::path> unfinished(const Trial& trial) override;
  std::vector<std::filesystem::path> trained_alike(const Trial& trial) override;
  std::string ingest(const std::filesystem::path& directory) override;
  std::map<std::string, record::KnownRun> known() override;
  void end(const std::string& run, const Outcome& outcome) override;
  void wait_at_most(std::chrono::milliseconds patience) override;
  bool is_gone() override;

 private:
  std::vector<std::filesystem::path> earlier(const Trial& trial, bool same_trial);

  record::Database& database_;
  std::string host_sha256_;
  Stale stale_;
};

/// Where a plan comes from: its file, what was given beside it, and the command's own line.
struct PlanOrigin {
  std::filesystem::path file;
  std::vector<std::string> options;
  std::string command;
  std::string folder;
};

/// Makes the plan the last one of its name in the record; its file is kept as text.
record::Registered register_plan(record::Database& database, const Plan& plan,
                                 const PlanOrigin& origin);

/// The digests of the host and of all plugins that the plan's trials are run with.
record::Digests installed_digests(const Plan& plan, const std::string& host_sha256);

/// What a trial cost on average.
struct EarlierCost {
  double seconds = 0;
  double threads = 1;
};

/// Of the completed runs of the same trial, else of the same variant and axes in this sweep; empty
/// for a trial without any.
std::vector<std::optional<EarlierCost>> earlier_costs(record::Database& database, const Plan& plan);

}  // namespace sslx::sweep
