#include "host/sweep/running.h"

#include <fmt/format.h>
#include <signal.h>

#include <fstream>

#include "host/sweep/run_request.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr double kGraceSeconds = 5;  // to end after SIGTERM, and to write the stacks
constexpr uintmax_t kMaxLogBytes = 64U << 20U;

double since(std::chrono::steady_clock::time_point before) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

}  // namespace

Running::Running(const Trial& trial, const std::string& sweep, const ExecutorOptions& options,
                 Claim claim, const TrialDevice& device, const fs::path& resume, HostServer* server)
    : claim_(std::move(claim)),
      view_{new_run_id(), trial_label(trial.variant, trial.axes, trial.seed), {}, 0, {}},
      time_limit_(options.run.time_limit),
      stall_limit_(options.run.stall_limit),
      tail_("") {
  view_.directory = options.home / "runs" / view_.run;
  tail_ = JournalTail(view_.directory / "journal.jsonl");
  try {
    start(trial, sweep, options, device, resume, server);
  } catch (...) {
    process_.reset();
    std::error_code stays;
    fs::remove_all(view_.directory, stays);
    claim_.release();
    throw;
  }
}

void Running::start(const Trial& trial, const std::string& sweep, const ExecutorOptions& options,
                    const TrialDevice& device, const fs::path& resume, HostServer* server) {
  const json request =
      run_request(trial, {view_.run, view_.directory, sweep, resume}, options, device);
  json owner{{"run", view_.run}};
  claim_.write(owner);
  make_folder(view_.directory);
  write_durably(view_.directory / "request.json", request.dump() + '\n');
  const HostFiles files{view_.directory / "request.json", view_.directory / "host.log",
                        claim_.descriptor(), beacon_->descriptor()};
  process_.emplace(options.host, files, mark_of(view_.directory.parent_path(), view_.run), server);
  owner["host"] = {{"pid", process_->pid()}, {"start", process_start(process_->pid())}};
  claim_.write(owner);
}

double Running::seconds() const {
  const Clock::time_point end = process_->ended().value_or(Clock::now());
  return std::chrono::duration<double>(end - begin_).count();
}

RunView Running::view() {
  while (tail_.read()) {
  }
  view_.progress = tail_.progress();
  view_.seconds = seconds();
  look_at_beacon();
  view_.doing = seen_.doing;
  view_.quiet_seconds = since(sign_);
  view_.step_seconds = seen_.step < 0 ? 0 : since(step_);
  return view_;
}

/// Without a beacon there is nothing to see, and nothing counts as stalled.
void Running::look_at_beacon() {
  const machine::Sighting now = beacon_->look();
  if (now.signs != seen_.signs) sign_ = Clock::now();
  if (now.step != seen_.step) step_ = Clock::now();
  seen_ = now;
}

bool Running::is_over_time() const { return time_limit_ > 0 && seconds() >= time_limit_; }

/// One that has not shown any yet is not known to show them.
bool Running::is_stalled() const {
  return stall_limit_ > 0 && seen_.signs > 0 && since(sign_) >= stall_limit_;
}

/// First SIGTERM, where it may heed it; then the stacks, for which it has as long again; then it is
/// killed. What a hanging trial was at is in its log by then.
void Running::enforce_limits() {
  look_at_beacon();
  if (!asked_) {
    const bool over_time = is_over_time();
    if (!over_time && !is_stalled()) return;
    if (ended_ == Ended::kByItself) ended_ = over_time ? Ended::kTimeLimit : Ended::kStalled;
    asked_ = Clock::now();
    quiet_at_end_ = since(sign_);
    if (over_time) return process_->signal(SIGTERM);
  }
  const bool hangs =
      asked_for_stacks_ || ended_ == Ended::kStalled || since(*asked_) > kGraceSeconds;
  if (!hangs) return;
  if (!asked_for_stacks_) {
    asked_for_stacks_ = true;
    asked_ = Clock::now();
    return process_->ask_for_stacks();
  }
  if (seen_.told > 0 || since(*asked_) > kGraceSeconds) process_->signal(SIGKILL);
}

/// A host that prints without end must not fill the disk; it appends, so truncating is safe.
void Running::limit_log() const {
  std::error_code error;
  const fs::path log = view_.directory / "host.log";
  if (fs::file_size(log, error) > kMaxLogBytes && !error) fs::resize_file(log, 0, error);
}

std::optional<Outcome> Running::poll() {
  enforce_limits();
  limit_log();
  const std::optional<Exit> exit = process_->poll();
  if (!exit) return std::nullopt;
  const bool memory_short = machine::out_of_memory_kills() > kills_before_;
  look_at_beacon();
  return judge({*exit, ended_, seconds(), time_limit_, memory_short, seen_.text(), quiet_at_end_},
               view_.directory);
}

void Running::interrupt() {
  ended_ = Ended::kInterrupted;
  process_->signal(SIGTERM);
}

void Running::kill() { process_->signal(SIGKILL); }

}  // namespace sslx::sweep
