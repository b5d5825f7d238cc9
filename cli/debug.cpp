// `sslx debug`: a recorded run made again in the foreground, to see where it goes wrong.
#include <fmt/format.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/sweep_place.h"
#include "host/record/runs.h"
#include "host/sweep/debug_run.h"

namespace sslx::cli {
namespace {

struct DebugVerb {
  std::string run;
  sweep::DebugOptions how;
  bool without_anomaly = false;
  std::filesystem::path keep;
  std::filesystem::path data;
  std::filesystem::path evaluation_data;
  std::optional<int> threads;
  std::optional<std::string> device;
};

int run_debug(DebugVerb options, const Context& context) {
  const auto database = open_record(context);
  const std::string run = record::find_run(*database, options.run);
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  sweep::ReproduceOptions place{
      context.home, ready_host(), options.keep, {}, options.threads, options.device, {}};
  if (!options.data.empty()) place.data = options.data;
  if (!options.evaluation_data.empty()) place.evaluation_data = options.evaluation_data;
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
  verb->add_option("--keep", options->keep, "A folder in which the second run stays");
  verb->add_option("--data", options->data, "Where the data are now");
  verb->add_option("--evaluation-data", options->evaluation_data,
                   "Where those of evaluate.data are now");
  verb->add_option("--threads", options->threads, "Other than recorded")
      ->check(CLI::Range(1, 4096));
  verb->add_option("--device", options->device, "auto, cpu or cuda; default: as recorded")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  verb->footer(
      "The plugins are those of the recorded run, by their digests; a rebuilt one is tried by a\n"
      "sweep. What it prints is on the terminal; Ctrl-\\ prints the stacks of all threads, and it\n"
      "goes on. Exit code: 0 it has a result, 1 it failed again, 2 it cannot be made again.");
  verb->callback([options, &context] { context.exit_code = run_debug(*options, context); });
}

}  // namespace sslx::cli
