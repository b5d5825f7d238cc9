#include "host/sweep/follow.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <thread>

#include "host/data/path_text.h"
#include "host/record/journal_lines.h"
#include "host/sweep/run_request.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::chrono::seconds kEndGrace{30};  // to end at the next step, all machines together
constexpr std::chrono::milliseconds kEndLook{50};

/// Stands for the claim, which the first machine has.
class Nothing {
 public:
  Nothing() : descriptor_(open("/dev/null", O_RDWR | O_CLOEXEC)) {}
  Nothing(const Nothing&) = delete;
  Nothing& operator=(const Nothing&) = delete;
  ~Nothing() { close(descriptor_); }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// The run that the first machine's goes on from, where this one has it.
fs::path resume_of(const json& theirs, const fs::path& runs) {
  const fs::path there = data::text_path(theirs.value("resume", ""));
  return there.empty() ? fs::path() : runs / there.filename();
}

std::map<std::string, std::string> digests(const json& request) {
  std::map<std::string, std::string> out{{"the host", request.value("host_sha256", "")}};
  for (const json& one : request.value("plugins", json::array())) {
    out[fmt::format("{} '{}'", one.value("kind", ""), one.value("name", ""))] =
        one.value("sha256", "");
  }
  return out;
}

}  // namespace

void Follower::begun(const Trial& trial, const std::string& run) { begun_.push_back({trial, run}); }

void Follower::look() {
  if (process_ && !process_->poll()) return;
  process_.reset();
  for (auto at = begun_.begin(); at != begun_.end() && !process_;) {
    const fs::path directory = options_.home / "runs" / at->run;
    std::error_code error;
    const bool over = fs::exists(directory / "exit.json", error);
    at = over || join(*at) ? begun_.erase(at) : std::next(at);
  }
}

/// False while the first machine has not written what the run is asked.
bool Follower::join(const Begun& one) {
  const fs::path directory = options_.home / "runs" / one.run;
  std::error_code error;
  if (!fs::exists(directory / "request.json", error)) return false;
  const json theirs = record::read_object(directory / "request.json");
  const json own = run_request(
      one.trial, {one.run, directory, sweep_, resume_of(theirs, options_.home / "runs")}, options_,
      {options_.run.device, "", options_.run.device});
  check_same(theirs, own);
  const std::string name = fmt::format("machine-{}", options_.machines.rank);
  write_durably(directory / (name + ".json"), own.dump() + '\n');
  const Nothing claim;
  process_.emplace(
      options_.host,
      HostFiles{directory / (name + ".json"), directory / (name + ".log"), claim.descriptor(), -1},
      mark_of(directory.parent_path(), one.run + "." + name));
  return true;
}

void Follower::check_same(const json& theirs, const json& own) const {
  const auto there = digests(theirs);
  for (const auto& [name, digest] : digests(own)) {
    const auto found = there.find(name);
    if (found != there.end() && found->second == digest) continue;
    throw input_error(fmt::format(
        "the first machine has another file of {} than this one; all must have the same bytes",
        name));
  }
}

void Follower::end() {
  if (!process_) return;
  process_->signal(SIGTERM);
  const auto until = std::chrono::steady_clock::now() + kEndGrace;
  while (!process_->poll() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kEndLook);
  }
  process_.reset();
}

}  // namespace sslx::sweep
