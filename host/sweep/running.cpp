#include "host/sweep/running.h"

#include <fmt/format.h>
#include <signal.h>

#include <fstream>

#include "host/sweep/crew.h"

#include "host/data/path_text.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr double kGraceSeconds = 5;
constexpr uintmax_t kMaxLogBytes = 64U << 20U;

/// Those of the earlier run that is gone on with, whose weights no other number of threads would
/// take over; else what the sweep has for each.
int threads_for(const ExecutorOptions& options, const fs::path& resume) {
  const int allowed = machine::allowed_cores().count;
  const int usual = threads_of(options.run, options.free_cores > 0 ? options.free_cores : allowed);
  if (options.run.threads > 0 || resume.empty()) return usual;
  std::ifstream in(resume / "request.json");
  const json earlier = json::parse(in, nullptr, /*allow_exceptions=*/false);
  const json::json_pointer place("/execution/threads");
  const json before = earlier.is_object() ? earlier.value(place, json()) : json();
  const bool fits = before.is_number_integer() && before > 0 && before <= allowed;
  return fits ? before.get<int>() : usual;
}

json request_of(const Trial& trial, const std::string& sweep, const RunView& view,
                const ExecutorOptions& options, int threads) {
  json out = host_request(trial);
  out.update({{"run", view.run},
              {"directory", data::path_text(view.directory)},
              {"sweep", sweep},
              {"trial", trial.identity},
              {"variant", trial.variant},
              {"axes", trial.axes},
              {"execution",
               {{"device", options.run.device},
                {"threads", threads},
                {"view_workers", options.run.view_workers},
                {"time_limit", options.run.time_limit},
                {"checkpoint", options.run.checkpoint}}},
              {"git", options.git},
              {"home", options.home_id},
              {"host_sha256", options.host_sha256}});
  return out;
}

}  // namespace

Running::Running(const Trial& trial, const std::string& sweep, const ExecutorOptions& options,
                 Claim claim, const fs::path& resume, HostServer* server)
    : claim_(std::move(claim)),
      view_{new_run_id(), trial_label(trial.variant, trial.axes, trial.seed), {}, 0, {}},
      time_limit_(options.run.time_limit),
      tail_("") {
  view_.directory = options.home / "runs" / view_.run;
  tail_ = JournalTail(view_.directory / "journal.jsonl");
  try {
    start(trial, sweep, options, resume, server);
  } catch (...) {
    process_.reset();
    std::error_code stays;
    fs::remove_all(view_.directory, stays);
    claim_.release();
    throw;
  }
}

void Running::start(const Trial& trial, const std::string& sweep, const ExecutorOptions& options,
                    const fs::path& resume, HostServer* server) {
  json request = request_of(trial, sweep, view_, options, threads_for(options, resume));
  if (!resume.empty()) request["resume"] = data::path_text(resume);
  json owner{{"run", view_.run}};
  claim_.write(owner);
  make_folder(view_.directory);
  write_durably(view_.directory / "request.json", request.dump() + '\n');
  process_.emplace(options.host, view_.directory / "request.json", view_.directory / "host.log",
                   claim_.descriptor(), view_.run, server);
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
  return view_;
}

void Running::enforce_limit() {
  if (time_limit_ <= 0 || seconds() < time_limit_) return;
  if (!asked_) {
    if (ended_ == Ended::kByItself) ended_ = Ended::kTimeLimit;
    asked_ = Clock::now();
    process_->signal(SIGTERM);
  } else if (std::chrono::duration<double>(Clock::now() - *asked_).count() > kGraceSeconds) {
    process_->signal(SIGKILL);
  }
}

/// A host that prints without end must not fill the disk; it appends, so truncating is safe.
void Running::limit_log() const {
  std::error_code error;
  const fs::path log = view_.directory / "host.log";
  if (fs::file_size(log, error) > kMaxLogBytes && !error) fs::resize_file(log, 0, error);
}

std::optional<Outcome> Running::poll() {
  enforce_limit();
  limit_log();
  const std::optional<Exit> exit = process_->poll();
  if (!exit) return std::nullopt;
  const bool memory_short = machine::out_of_memory_kills() > kills_before_;
  return judge({*exit, ended_, seconds(), time_limit_, memory_short}, view_.directory);
}

void Running::interrupt() {
  ended_ = Ended::kInterrupted;
  process_->signal(SIGTERM);
}

void Running::kill() { process_->signal(SIGKILL); }

}  // namespace sslx::sweep
