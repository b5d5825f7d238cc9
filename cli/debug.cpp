// `sslx debug`: a recorded run made again in the foreground, to see where it goes wrong.
#include <fmt/format.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "cli/context.h"
#include "cli/made_again.h"
#include "cli/sweep_place.h"
#include "host/record/runs.h"
#include "host/sweep/debug_run.h"

namespace sslx::cli {
namespace {

struct DebugVerb {
  std::string run;
  sweep::DebugOptions how;
  bool without_anomaly = false;
  MadeAgain made;
};

int run_debug(DebugVerb options, const Context& context) {
  const auto database = open_record(context);
  const std::string run = record::find_run(*database, options.run);
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  const sweep::ReproduceOptions place = made_again(options.made, context);
  options.how.anomaly = !options.without_anomaly;
  options.how.terminal = isatty(STDIN_FILENO) == 1;
  fmt::print("run {} is made again{}; nothing of it is recorded\n", run,
             options.how.anomaly ? ", with torch's anomaly mode" : "");
  std::fflush(stdout);
  const sweep::DebugEnd end = sweep::debug_run(*database, run, registry, place, options.how);
  fmt::print("{}\n", end.sentence);
  return end.code;
}

}  // namespace

void add_debug(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "debug", "Make a recorded run again in the foreground, to see where it goes wrong");
  auto options = std::make_shared<DebugVerb>();
  verb->add_option("run", options->run, "A run's id, or its beginning; it may have failed")
      ->required();
  verb->add_flag("--gdb", options->how.gdb,
                 "Under gdb; without a terminal the stack of a crash is printed");
  verb->add_flag("--no-anomaly", options->without_anomaly,
                 "Without torch's anomaly mode, which ends the run at the first NaN of a backward "
                 "pass, and takes up to twice the time");
  add_made_again(*verb, options->made);
  verb->footer(
      "The plugins are those of the recorded run, by their digests; a rebuilt one is tried by a\n"
      "sweep. What it prints is on the terminal; Ctrl-\\ prints the stacks of all threads, and it\n"
      "goes on. Exit code: 0 it has a result, 1 it failed again, 2 it cannot be made again.");
  verb->callback([options, &context] { context.exit_code = run_debug(*options, context); });
}

}  // namespace sslx::cli
