// `sslx runs`: the recorded runs, newest first.
#include <cstdio>
#include <memory>

#include "cli/context.h"
#include "cli/lost_runs.h"
#include "cli/run_text.h"
#include "cli/table.h"
#include "host/record/sweeps.h"

namespace sslx::cli {
namespace {

struct RunsOptions {
  std::string sweep;
  std::string state;
};

void list_runs(const RunsOptions& options, const Context& context) {
  const auto opened = open_record(context);
  record::Database& database = *opened;
  if (!options.sweep.empty()) record::find_plan(database, options.sweep);
  RunList list;
  each_run_as_it_is(database, options.sweep, options.state, context,
                    [&](const record::RunSummary& run) { list.add(run); });
  std::fputs(list.text().c_str(), stdout);  // as it is: fmt would copy a megabyte first
}

}  // namespace

void add_runs(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("runs", "List the recorded runs, newest first");
  auto options = std::make_shared<RunsOptions>();
  verb->add_option("--sweep", options->sweep, "Only of this sweep");
  verb->add_option("--state", options->state,
                   "Only in this state: running, completed, failed, diverged, collapsed, "
                   "interrupted, timeout, crashed, lost or superseded");
  verb->callback([options, &context] { list_runs(*options, context); });
}

}  // namespace sslx::cli
