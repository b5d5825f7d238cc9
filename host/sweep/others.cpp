#include "host/sweep/others.h"

#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>

#include <set>
#include <vector>

#include "host/record/journal_lines.h"
#include "host/sweep/process.h"

namespace sslx::sweep {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::chrono::seconds kOrphanGrace{5};
constexpr std::chrono::seconds kUnnamedGrace{120};  // for a holder that has not written who it is

}  // namespace

Others::Others(const fs::path& home, RunRecord& record, Claims& claims, Observer& observer)
    : home_(home), record_(record), claims_(claims), observer_(observer), ended_(home / "runs") {}

void Others::take_in(const Trial& trial) {
  std::vector<std::string> runs = ended_.of_trial(trial.identity);
  const std::vector<std::string> alike = ended_.of_training(trial.training);
  runs.insert(runs.end(), alike.begin(), alike.end());
  std::set<std::string> seen;
  for (const std::string& run : runs) {
    const fs::path folder = home_ / "runs" / run;
    std::error_code error;
    if (!seen.insert(run).second || !fs::is_regular_file(folder / "exit.json", error)) continue;
    try {
      record_.ingest(folder);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kRun) throw;  // what is wrong with one run is told elsewhere
    }
  }
}

bool Others::have_done(const Trial& trial) {
  if (!ended_.may_have(trial.identity)) return false;
  if (record_.is_done(trial)) return true;
  take_in(trial);
  return record_.is_done(trial);
}

void Others::tell(const Holder& holder) {
  if (told_) return;
  told_ = true;
  const json executor = holder.text.value("executor", json());
  const std::string where = is_on_this_machine(executor)
                                ? ""
                                : fmt::format(" on {}", record::text_or(executor, "machine"));
  observer_.note(fmt::format("another command{} runs some of these trials; waiting for it", where));
}

std::optional<Outcome> Others::wait_for(Candidate& candidate) {
  const std::optional<Holder> holder = last_holder(claims_.folder(), candidate.trial.identity);
  if (!holder) return std::nullopt;
  const json executor = holder->text.value("executor", json());
  const bool elsewhere =
      executor.is_object() && executor.contains("boot") && !is_on_this_machine(executor);
  if (elsewhere || is_alive(executor)) {
    tell(*holder);
    candidate.orphaned_since.reset();
    return std::nullopt;
  }
  const json host = holder->text.value("host", json());
  const bool first = !candidate.orphaned_since;
  if (first) candidate.orphaned_since = Clock::now();
  const bool patient = Clock::now() - *candidate.orphaned_since < kOrphanGrace;
  if (is_alive(host) && (first || !patient)) {
    kill(-host["pid"].get<pid_t>(), first ? SIGTERM : SIGKILL);
  }
  if (!patient || !is_alive(host)) {
    kill_marked(mark_of(home_ / "runs", run_of(holder->text)));
  }
  const auto grace = holder->text.contains("executor") ? 2 * kOrphanGrace : kUnnamedGrace;
  if (Clock::now() - *candidate.orphaned_since < grace) return std::nullopt;
  const std::string file = (claims_.folder() / candidate.trial.identity).string();
  return Outcome{"failed",
                 fmt::format("{0}.{1} is held by a process that no command started any more; find "
                             "it with `fuser {0}.{1}`, and end it",
                             file, holder->generation),
                 0, 0, 0};
}

}  // namespace sslx::sweep
