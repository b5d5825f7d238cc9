// `sslx bench`: figures of this machine's speed, measured by sslx-host and printed as they come.
#include <fmt/format.h>

#include "cli/context.h"
#include "cli/sweep_place.h"
#include "host/plugins/registry.h"
#include "host/sweep/process.h"
#include "host/sweep/trial.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

struct ViewsOptions {
  double seconds = 3;
  bool each = false;
};

int bench_views(const ViewsOptions& options, const Context& context) {
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  std::vector<PluginFile> plugins;
  for (const char* name : {"blur", "color", "crop", "flip", "grayscale", "normalize"}) {
    plugins.push_back(registry.find("augmentation", name));
  }
  const json request{{"task", "bench views"},
                     {"run", ""},
                     {"directory", ""},
                     {"config", json::object()},
                     {"seed", 0},
                     {"plugins", sweep::plugins_json(plugins)},
                     {"seconds", options.seconds},
                     {"each", options.each}};
  return sweep::run_with_input(find_host(), request.dump());
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("bench", "Measures this machine's speed");
  verb->require_subcommand(1);
  CLI::App* views = verb->add_subcommand("views", "Views a second that one core makes");
  const auto options = std::make_shared<ViewsOptions>();
  views->add_option("--seconds", options->seconds, "How long each line is measured")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  views->add_flag("--each", options->each, "What each operation adds, too");
  views->callback([options, &context] { context.exit_code = bench_views(*options, context); });
}

}  // namespace sslx::cli
