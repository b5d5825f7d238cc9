#include "host/sweep/executor.h"

#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <set>

#include "host/sweep/finished_stages.h"
#include "host/sweep/running.h"

namespace sslx::sweep {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{20};     // how soon an end or a signal is seen
constexpr milliseconds kFollow{200};  // how often journals are read and ingested
constexpr milliseconds kRetake{500};  // how often a claim of another command is tried
constexpr std::chrono::seconds kOrphanGrace{5};

fs::path claim_file(const fs::path& home, const std::string& identity) {
  return home / "runs" / "claims" / identity;
}

/// A run whose record cannot be read must not stop the others; its directory keeps everything.
/// Returns the reason, or "".
std::string try_ingest(RunRecord& record, const fs::path& directory) {
  try {
    record.ingest(directory);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

/// Ends the record of the run that a dead command left in its claim.
bool recover(const Claim& claim, const fs::path& home, RunRecord& record) {
  const json text = claim.text();
  const std::string run = text.value("run", "");
  const fs::path directory = home / "runs" / run;
  if (run.empty() || !fs::exists(directory / "request.json")) return false;
  finish_abandoned(directory);
  try_ingest(record, directory);
  return true;
}

bool is_alive(const json& process) {
  const uint64_t start = process_start(process.value("pid", 0));
  return start != 0 && start == process.value("start", uint64_t{0});
}

struct Candidate {
  Trial trial;
  Clock::time_point next_try{};
  std::optional<Clock::time_point> orphaned_since;
};

class Execution {
 public:
  Execution(const Plan& plan, const ExecutorOptions& options, RunRecord& record, Observer& observer,
            const std::atomic<int>& interrupts)
      : plan_(plan),
        options_(options),
        record_(record),
        observer_(observer),
        interrupts_(interrupts) {}

  Summary run() {
    fs::create_directories(options_.home / "runs" / "claims");
    fill_queue();
    while (!queue_.empty() || !running_.empty()) {
      heed_interrupts();
      start_more();
      follow();
      reap();
      const timespec pause{0, std::chrono::nanoseconds(kPoll).count()};
      nanosleep(&pause, nullptr);
    }
    return std::move(summary_);
  }

 private:
  void fill_queue() {
    std::set<std::string> seen;
    for (const Trial& trial : plan_.trials) {
      if (!seen.insert(trial.identity).second) continue;
      if (!options_.again && record_.is_done(trial)) {
        ++summary_.skipped;
      } else {
        queue_.push_back({with_stored_files(trial), {}, {}});
      }
    }
  }

  /// The bytes of plugins and weights are kept before the first trial starts: a rebuild in the
  /// middle of the sweep changes nothing that runs.
  Trial with_stored_files(Trial trial) {
    for (PluginFile& plugin : trial.plugins) {
      fs::path& stored = stored_[plugin.sha256];
      if (stored.empty()) stored = store_plugin(plugin, options_.home / "runs" / "plugins");
      plugin.file = stored;
    }
    if (!trial.weights.sha256.empty()) {
      fs::path& stored = stored_[trial.weights.sha256];
      if (stored.empty()) stored = WeightsStore(options_.home / "weights").keep(trial.weights);
      trial.weights.file = stored;
    }
    return trial;
  }

  void heed_interrupts() {
    const int count = interrupts_;
    if (count == heeded_) return;
    summary_.interrupted = true;
    queue_.clear();
    if (heeded_ == 0) {
      observer_.note(running_.empty() ? "stopping"
                                      : "stopping: the running trials end at their next step; "
                                        "interrupt again to kill them");
      for (Running& running : running_) running.interrupt();
    }
    if (count >= 2) {
      for (Running& running : running_) running.kill();
    }
    heeded_ = count;
  }

  void start_more() {
    for (auto at = queue_.begin(); at != queue_.end();) {
      if (running_.size() >= static_cast<size_t>(options_.run.jobs)) return;
      if (Clock::now() < at->next_try) {
        ++at;
      } else if (try_start(*at)) {
        at = queue_.erase(at);
      } else {
        at->next_try = Clock::now() + kRetake;
        ++at;
      }
    }
  }

  /// False when another command has the trial.
  bool try_start(Candidate& candidate) {
    const Trial& trial = candidate.trial;
    const fs::path file = claim_file(options_.home, trial.identity);
    std::optional<Claim> claim = Claim::take(file);
    if (!claim) {
      wait_for_other(candidate, file);
      return false;
    }
    recover(*claim, options_.home, record_);
    if (!options_.again && record_.is_done(trial)) {
      claim->release();
      ++summary_.skipped;
      return true;
    }
    const fs::path resume = options_.again ? "" : run_to_take_up(record_, trial);
    running_.emplace_back(trial, plan_.name, options_, std::move(*claim), resume);
    observer_.started(running_.back().view());
    return true;
  }

  /// A claim whose command is dead is held by the host that it started: which has a moment to stop.
  void wait_for_other(Candidate& candidate, const fs::path& file) {
    const json text = read_claim(file);
    const json host = text.value("host", json::object());
    if (!text.contains("executor") || is_alive(text["executor"]) || !is_alive(host)) {
      if (!told_) observer_.note("another command runs some of these trials; waiting for it");
      told_ = true;
      return;
    }
    const auto group = -host.value("pid", pid_t{0});
    if (!candidate.orphaned_since) {
      candidate.orphaned_since = Clock::now();
      kill(group, SIGTERM);
    } else if (Clock::now() - *candidate.orphaned_since > kOrphanGrace) {
      kill(group, SIGKILL);
    }
  }

  void follow() {
    if (Clock::now() < next_follow_) return;
    next_follow_ = Clock::now() + kFollow;
    std::vector<RunView> views;
    for (Running& running : running_) {
      views.push_back(running.view());
      tell_warnings(views.back());
      try_ingest(record_, views.back().directory);  // its end tells
    }
    observer_.progressed(views);
  }

  /// Once for all trials that have the same one.
  void tell_warnings(const RunView& run) {
    for (const std::string& warning : run.progress.warnings) {
      if (warnings_.insert(warning).second) observer_.note("warning: " + warning);
    }
  }

  void reap() {
    for (auto at = running_.begin(); at != running_.end();) {
      std::optional<Outcome> outcome = at->poll();
      if (!outcome) {
        ++at;
        continue;
      }
      const RunView view = at->view();
      tell_warnings(view);
      const std::string reason = try_ingest(record_, view.directory);
      if (!reason.empty()) *outcome = {"failed", "it is not recorded: " + reason, 0, 0, 0};
      at->release();
      at = running_.erase(at);
      ++summary_.ran;
      const bool stopped_by_other = outcome->state == "interrupted" && heeded_ == 0;
      if (outcome->is_failure() || stopped_by_other) summary_.failures.emplace_back(view, *outcome);
      observer_.finished(view, *outcome);
    }
  }

  const Plan& plan_;
  const ExecutorOptions& options_;
  RunRecord& record_;
  Observer& observer_;
  const std::atomic<int>& interrupts_;
  std::list<Candidate> queue_;
  std::list<Running> running_;
  Summary summary_;
  std::map<std::string, fs::path> stored_;
  Clock::time_point next_follow_{};
  std::set<std::string> warnings_;  ///< That were told.
  int heeded_ = 0;
  bool told_ = false;
};

}  // namespace

fs::path run_to_take_up(RunRecord& record, const Trial& trial) {
  fs::path own = furthest_run(record.unfinished(trial));
  return own.empty() ? furthest_run(record.trained_alike(trial)) : own;
}

Summary execute(const Plan& plan, const ExecutorOptions& options, RunRecord& record,
                Observer& observer, const std::atomic<int>& interrupts) {
  return Execution(plan, options, record, observer, interrupts).run();
}

size_t recover_abandoned(const fs::path& home, RunRecord& record) {
  size_t count = 0;
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(home / "runs" / "claims", error)) {
    files.push_back(entry.path());
  }
  for (const fs::path& file : files) {
    std::optional<Claim> claim = Claim::take(file);
    if (!claim) continue;
    if (recover(*claim, home, record)) ++count;
    claim->release();
  }
  return count;
}

}  // namespace sslx::sweep
