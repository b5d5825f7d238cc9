#include "host/sweep/reproduce.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "host/machine/host_name.h"
#include "host/record/ingest.h"
#include "host/record/run_trace.h"
#include "host/sweep/fresh_run.h"
#include "host/sweep/outcome.h"
#include "host/sweep/process.h"
#include "host/sweep/recorded_request.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr long kPollNanoseconds = 20'000'000;

/// False when it was interrupted.
bool run_host(const ReproduceOptions& options, const std::string& id, const fs::path& folder,
              const std::atomic<int>& interrupts) {
  const auto begin = std::chrono::steady_clock::now();
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  Process process(options.host, {folder / "request.json", folder / "host.log", nothing}, id);
  close(nothing);
  int heeded = 0;
  for (;;) {
    if (const std::optional<Exit> exit = process.poll()) {
      if (heeded > 0) return false;
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
      write_exit(folder, judge({*exit, Ended::kByItself, seconds.count(), 0}, folder));
      return true;
    }
    if (interrupts > heeded) process.signal(heeded == 0 ? SIGTERM : SIGKILL);
    heeded = interrupts;
    const timespec pause{0, kPollNanoseconds};
    nanosleep(&pause, nullptr);
  }
}

void check_ended(const std::string& run, const std::string& state) {
  if (state == "completed" || state == "collapsed" || state == "diverged") return;
  throw input_error(
      fmt::format("run {} is {}; only one that came to an end can be made again", run, state),
      "`sslx runs --state completed` lists those that did");
}

}  // namespace

std::optional<record::Verdict> reproduce(record::Database& database, const std::string& run,
                                         const PluginRegistry& registry,
                                         const ReproduceOptions& options,
                                         const std::atomic<int>& interrupts) {
  record::Verdict out{new_run_id(), run, "impossible", "", machine::host_name()};
  RecordedRequest recorded = recorded_request(database, run, registry, options);
  check_ended(run, recorded.state);
  if (!recorded.missing.empty()) {
    out.message = fmt::format("{}", fmt::join(recorded.missing, "; "));
    out.details = {{"missing", recorded.missing}};
    return out;
  }
  const FreshFolder folder(options.home, options.keep, out.id);
  write_request(recorded, out.id, folder, options.host);
  if (!run_host(options, out.id, folder.path(), interrupts)) return std::nullopt;
  record::Database fresh(folder.path() / "record.db");
  record::ingest_run(fresh, folder.path());
  const record::TraceComparison found =
      record::compare_traces(record::read_trace(database, run), record::read_trace(fresh, out.id));
  out.verdict = found.verdict;
  out.message = found.message;
  out.details = found.details;
  out.details["execution"] = recorded.request.at("execution");
  return out;
}

std::vector<std::string> draw_runs(std::vector<std::string> runs, size_t count, uint64_t draw) {
  std::ranges::sort(runs);
  std::mt19937_64 random(draw);
  const size_t taken = std::min(count, runs.size());
  // Not std::shuffle, whose order is each library's own.
  for (size_t i = 0; i < taken; ++i) std::swap(runs[i], runs[i + random() % (runs.size() - i)]);
  runs.resize(taken);
  std::ranges::sort(runs);
  return runs;
}

}  // namespace sslx::sweep
