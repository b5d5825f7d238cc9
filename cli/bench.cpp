// `sslx bench`: figures of this machine's speed, measured by sslx-tools and printed as they come.
#include <fmt/format.h>

#include <cstdio>

#include "cli/bench_record.h"
#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/number_check.h"
#include "cli/sweep_choice.h"
#include "host/data/path_text.h"
#include "host/plugins/registry.h"
#include "host/sweep/process.h"
#include "host/sweep/trial.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

struct ViewsOptions {
  double seconds = 3;
  bool each = false;
  std::filesystem::path photos;
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
                     {"each", options.each},
                     {"photos", data::path_text(options.photos)}};
  return sweep::run_with_input(ready_tools(), request.dump());
}

struct StepOptions {
  SweepChoice choice{"bench_step", {}, {}};
  std::string trial;
  int64_t steps = 10;
  bool each = false;
};

int bench_step(const StepOptions& options, const Context& context) {
  const sweep::Plan plan = plan_of(options.choice, context);
  const sweep::Trial trial = trials_named(plan, options.trial).front();
  const std::string label = sweep::trial_label(trial.variant, trial.axes, trial.seed);
  if (plan.trials.size() > 1) fmt::print("{}\n", label);
  std::fflush(stdout);
  const json request{{"task", "bench step"},
                     {"trial", sweep::host_request(trial)},
                     {"steps", options.steps},
                     {"each", options.each}};
  return sweep::run_with_input(ready_tools(), request.dump());
}

void add_step(CLI::App& verb, Context& context) {
  CLI::App* step = verb.add_subcommand(
      "step",
      "A training step of one of a sweep's trials; says when other processes took of the cores");
  const auto options = std::make_shared<StepOptions>();
  add_sweep_choice(*step, options->choice);
  step->add_option("--trial", options->trial,
                   "The first trial with this in its label, or whose identity begins so; default: "
                   "the sweep's first");
  step->add_option("--steps", options->steps, "Steps that are measured")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  step->add_flag("--each", options->each, "In each precision and memory format");
  step->callback([options, &context] { context.exit_code = bench_step(*options, context); });
}

struct PhotosOptions {
  std::filesystem::path folder;
  int count = 64;
};

int bench_photos(const PhotosOptions& options) {
  std::filesystem::create_directories(options.folder);
  const json request{{"task", "bench photos"},
                     {"folder", data::path_text(options.folder)},
                     {"count", options.count}};
  return sweep::run_with_input(ready_tools(), request.dump());
}

void add_photos(CLI::App& verb, Context& context) {
  CLI::App* photos = verb.add_subcommand(
      "photos", "Draws JPEG files that cost as much to decode as photographs do, for benchmarks");
  const auto options = std::make_shared<PhotosOptions>();
  photos->add_option("FOLDER", options->folder, "Where they go")->required();
  photos->add_option("--count", options->count, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  photos->callback([options, &context] { context.exit_code = bench_photos(*options); });
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("bench", "Measures this machine's speed");
  verb->require_subcommand(1);
  CLI::App* views = verb->add_subcommand("views", "Views a second that one core makes");
  const auto options = std::make_shared<ViewsOptions>();
  views->add_option("--seconds", options->seconds, "How long each line is measured")
      ->capture_default_str()
      ->check(above_zero());
  views->add_flag("--each", options->each, "What each operation adds, too");
  views->add_option("--photos", options->photos, "A folder of JPEG files to decode, not drawn ones")
      ->check(CLI::ExistingDirectory);
  add_step(*verb, context);
  add_photos(*verb, context);
  add_bench_record(*verb);
  views->callback([options, &context] { context.exit_code = bench_views(*options, context); });
}

}  // namespace sslx::cli
