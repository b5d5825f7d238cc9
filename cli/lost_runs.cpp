#include "cli/lost_runs.h"

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

void each_run_as_it_is(record::Database& database, const std::string& sweep,
                       const std::string& state, const Context& context,
                       const std::function<void(const record::RunSummary&)>& visit) {
  std::vector<std::string> states;
  if (!state.empty()) states.push_back(state);
  if (state == "lost") states.emplace_back("running");
  record::each_run(database, sweep, states, [&](record::RunSummary run) {
    mark(run, context);
    if (state.empty() || run.state == state) visit(run);
  });
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
