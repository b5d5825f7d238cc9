// Runs the trials of a plan that have no result yet, each in a process of its own (sslx-host), some
// at a time. Trials claimed by another command are waited for. A failing trial is recorded and the
// rest goes on, also when it spoils its own folder; one that was killed or crashed, or had too
// little memory, is tried again. A result counts only while this command has the trial (claims.h).
// The first interrupt asks the hosts to stop and waits for them, the second kills.
//
// With several devices, what one of them may have failed at is tried on another (device_deal.h).
//
// The next trial begins when one has ended, before that is recorded, unless it could take over what
// that one trained. What has ended is not let go before the record has it: while that cannot be
// written, its claim is held and recording is tried again; after ten seconds that is said and no
// more trials are started, and in the end the runs are left to the next command, which takes them
// in first. Throws Error(kSystem) when no trial can be started.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/processes/processes.h"
#include "host/record/ingest.h"
#include "host/sweep/claims.h"
#include "host/sweep/devices.h"
#include "host/sweep/journal_tail.h"
#include "host/sweep/plan.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {

class HostServer;

/// Where results go. A seam, so that the executor's tests need no database. Its calls throw
/// Error(kRun) for what is wrong with a run's own files, and Error(kSystem) for what may pass.
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
  /// Takes over what is new in a run's directory; idempotent. Returns what is wrong with the
  /// journal of a run that has ended, or "".
  virtual std::string ingest(const std::filesystem::path& directory) = 0;
  /// Every run that it has, by its id.
  virtual std::map<std::string, record::KnownRun> known() { return {}; }
  /// Ends a run that still counts as running without its files.
  virtual void end(const std::string& /*run*/, const Outcome& /*outcome*/) {}
  /// How long each call may wait for other programs from now on.
  virtual void wait_at_most(std::chrono::milliseconds /*patience*/) {}
  /// Whether it will never be written again: its file was taken away.
  virtual bool is_gone() { return false; }
};

struct RunView {
  std::string run;
  std::string label;
  std::filesystem::path directory;
  double seconds = 0;
  Progress progress;
  std::string doing = {};    ///< Who is at work in which stage: "method 'x' in loss", or "".
  double quiet_seconds = 0;  ///< Since it showed the last sign of life.
  double step_seconds = 0;   ///< Since its step began; 0 outside of a training.
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
  int retries = 0;     ///< How often a trial that crashed or was lost is tried again.
  std::chrono::milliseconds tell_after{10'000};      ///< That nothing can be recorded.
  std::chrono::milliseconds give_up_after{120'000};  ///< Recording, until the next command.
  std::string home_id = "";                          ///< Of the home (record/home.h).
  nlohmann::json git = {{"commit", ""}, {"dirty", false}};
  /// A host that serves (host/sweep/host_server.h): trials begin at once. Null: there is none.
  std::shared_ptr<HostServer> server = {};
  std::chrono::milliseconds claim_expiry = Claims::kExpiry;
  int free_cores = 0;  ///< For all trials that run at a time; 0: all that may be used.
  /// That trials are dealt to; none: `run.device` has them all.
  std::vector<TrialDevice> devices = {};
  /// That train each trial together; on others than the first, watch() joins what that one begins.
  processes::Machines machines = {};
};

struct Summary {
  size_t ran = 0;         ///< Processes that ended.
  size_t unstarted = 0;   ///< Trials for want of a record that can be written.
  size_t unrecorded = 0;  ///< Ended, but only in their journals.
  size_t skipped = 0;     ///< Had a result before, or got one from another command.
  std::vector<std::pair<RunView, Outcome>> failures;
  bool interrupted = false;
};

/// `interrupts` counts the signals that asked to stop.
Summary execute(const Plan& plan, const ExecutorOptions& options, RunRecord& record,
                Observer& observer, const std::atomic<int>& interrupts);

}  // namespace sslx::sweep
