// Runs the trials of a plan that have no result yet, each in a process of its own (sslx-host), some
// at a time. Trials claimed by another command are waited for. A failing trial is recorded and the
// rest goes on. The first interrupt asks the hosts to stop and waits for them, the second kills.
// Throws Error(kSystem) when the record cannot be written; what runs then is killed, and the next
// command finishes its record.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "host/sweep/journal_tail.h"
#include "host/sweep/plan.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {

/// Where results go. A seam, so that the executor's tests need no database.
class RunRecord {
 public:
  virtual ~RunRecord() = default;
  /// Whether the trial has a final result from the same plugins and host.
  virtual bool is_done(const Trial& trial) = 0;
  /// The folders of the trial's runs by the same plugins and host that ended without a result,
  /// newest first: a new run may go on from their finished stages.
  virtual std::vector<std::filesystem::path> unfinished(const Trial&) { return {}; }
  /// The folders of runs that trained the same weights for another evaluation, newest first.
  virtual std::vector<std::filesystem::path> trained_alike(const Trial&) { return {}; }
  /// Takes over what is new in a run's directory; idempotent.
  virtual void ingest(const std::filesystem::path& directory) = 0;
};

struct RunView {
  std::string run;
  std::string label;
  std::filesystem::path directory;
  double seconds = 0;
  Progress progress;
};

/// What happens, for whoever shows it.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void started(const RunView& run) = 0;
  virtual void progressed(const std::vector<RunView>& runs) = 0;
  virtual void finished(const RunView& run, const Outcome& outcome) = 0;
  virtual void note(const std::string& sentence) = 0;
};

struct ExecutorOptions {
  std::filesystem::path home;  ///< Absolute; runs/ is inside.
  std::filesystem::path host;  ///< The sslx-host to start.
  std::string host_sha256;
  RunOptions run;
  bool again = false;  ///< Run what has a result already once more.
  nlohmann::json git = {{"commit", ""}, {"dirty", false}};
};

struct Summary {
  size_t ran = 0;
  size_t skipped = 0;  ///< Had a result before, or got one from another command.
  std::vector<std::pair<RunView, Outcome>> failures;
  bool interrupted = false;
};

/// The run whose finished stages one of this trial would take over: its own furthest, else one that
/// trained the same weights. Empty when there is none.
std::filesystem::path run_to_take_up(RunRecord& record, const Trial& trial);

/// `interrupts` counts the signals that asked to stop.
Summary execute(const Plan& plan, const ExecutorOptions& options, RunRecord& record,
                Observer& observer, const std::atomic<int>& interrupts);

/// Finishes the records of the runs whose command is gone; returns how many there were.
size_t recover_abandoned(const std::filesystem::path& home, RunRecord& record);

}  // namespace sslx::sweep
