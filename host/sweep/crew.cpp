#include "host/sweep/crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace sslx::sweep {
namespace {

std::string counted(int64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// One thread of a trial more than its cores is meant: the one that prepares views has little to do
/// while the others compute.
bool is_crowded(const RunOptions& run, int64_t threads, int64_t cores) {
  const int64_t jobs = run.jobs;
  return jobs * threads > cores || jobs * (threads + run.view_workers) > cores + jobs;
}

}  // namespace

int threads_of(const RunOptions& run, int free) {
  if (run.threads > 0) return run.threads;
  return std::max(1, machine::usual_threads({free / run.jobs, ""}));
}

int idle_cores(const machine::Cores& allowed, const machine::LoadWatch& watch) {
  constexpr auto kStep = std::chrono::milliseconds(50);
  constexpr auto kMost = std::chrono::milliseconds(500);
  if (allowed.count < 2) return allowed.count;
  std::optional<double> others = watch.others();
  for (auto waited = kStep; !others && waited <= kMost; waited += kStep) {
    std::this_thread::sleep_for(kStep);
    others = watch.others();
  }
  return machine::free_cores(allowed.count, watch.processors(), others.value_or(0));
}

std::vector<std::string> crew_notes(const RunOptions& run, const machine::Cores& allowed,
                                    int free) {
  const int64_t threads = threads_of(run, free);
  if (is_crowded(run, threads, allowed.count)) {
    const int64_t all = run.jobs * (threads + run.view_workers);
    return {fmt::format(
        "warning: {} at a time with {} and {} each are {} threads, but this process may use {} "
        "({}), and threads that wait for one another are many times slower than fewer would be",
        counted(run.jobs, "trial"), counted(threads, "thread"),
        counted(run.view_workers, "view worker"), all, counted(allowed.count, "core"),
        allowed.bound)};
  }
  if (const int alone = threads_of(run, allowed.count); threads < alone) {
    return {
        fmt::format("other processes are busy: {} a trial instead of {}; --threads says how "
                    "many there are",
                    counted(threads, "thread"), alone)};
  }
  return {};
}

}  // namespace sslx::sweep
