#include "cli/lost_runs.h"

#include <algorithm>
#include <functional>

#include "host/sweep/at_work.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

const char* const kLost =
    "the command that ran it ended before it did; the next `sslx sweep` takes it in";

/// One that is recorded here and was run elsewhere is not judged.
bool is_lost(const record::RunSummary& run, const Context& context) {
  std::error_code error;
  if (run.state != "running" || !fs::is_directory(context.runs() / run.id, error)) return false;
  return !sweep::is_at_work(context.runs(), run.trial, run.id);
}

void mark(record::RunSummary& run, const Context& context) {
  if (!is_lost(run, context)) return;
  run.state = "lost";
  run.message = kLost;
}

}  // namespace

std::vector<record::RunSummary> runs_as_they_are(record::Database& database,
                                                 const std::string& sweep, const std::string& state,
                                                 const Context& context) {
  std::vector<record::RunSummary> out = record::list_runs(database, sweep, state);
  for (record::RunSummary& run : out) mark(run, context);
  if (state.empty()) return out;
  if (state == "lost") {
    for (record::RunSummary& run : record::list_runs(database, sweep, "running")) {
      mark(run, context);
      out.push_back(std::move(run));
    }
    std::ranges::stable_sort(out, std::greater(), &record::RunSummary::started);
  }
  std::erase_if(out, [&](const record::RunSummary& run) { return run.state != state; });
  return out;
}

record::RunDetails run_as_it_is(record::Database& database, const std::string& run,
                                const Context& context) {
  record::RunDetails out = record::run_details(database, run);
  mark(out.summary, context);
  out.facts["state"] = out.summary.state;
  out.facts["message"] = out.summary.message;
  return out;
}

void mark_lost(record::Pivot& pivot, record::Database& database, const Context& context) {
  for (record::RunNote& note : pivot.notes) {
    if (note.state != "running") continue;
    const record::RunSummary run = run_as_it_is(database, note.run, context).summary;
    note.state = run.state;
    note.message = run.message;
  }
}

}  // namespace sslx::cli
