// `sslx plugins check`: what sslx-tools is asked to look at. The plugin runs there, in a process of
// its own, and when that crashes or hangs the command says so.
#include "cli/plugins_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/settings.h"
#include "cli/sweep_choice.h"
#include "cli/sweep_place.h"
#include "host/sweep/process.h"
#include "host/sweep/trial.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

/// Sizes that are larger by default are made so large: heads, queues and prototypes of papers would
/// take minutes, and what is checked does not depend on them.
constexpr double kLargest = 128;
constexpr double kSmall = 32;

struct CheckOptions {
  std::string name;
  std::string kind;
  std::vector<std::string> settings;
  std::string sweep;
  std::string scale;
  int64_t image_size = 64;
  int64_t channels = 3;
  unsigned seconds = 300;
};

bool is_size(const ParameterSpec& spec) {
  const bool whole = spec.type == ParameterType::kInteger || spec.type == ParameterType::kIntegers;
  const auto large = [](double value) { return value > kLargest; };
  const auto& numbers = spec.default_numbers;
  return whole && spec.minimum <= kSmall && spec.maximum >= kSmall &&
         std::any_of(numbers.begin(), numbers.begin() + spec.default_count, large);
}

/// The parameters that are given, and smaller sizes for the rest.
json small_sizes(const PluginFile& plugin, json given) {
  std::vector<std::string> names;
  for (const ParameterSpec& spec : plugin.schema) {
    const std::string name = spec.name.data();
    if (given.contains(name) || !is_size(spec)) continue;
    const auto small = static_cast<int64_t>(kSmall);
    if (spec.type == ParameterType::kInteger) {
      given[name] = small;
    } else {
      given[name] = std::vector<int64_t>(spec.default_count, small);
    }
    names.push_back(name);
  }
  if (!names.empty()) {
    fmt::print("with {} = {}, not as large as by default; --set gives another\n",
               fmt::join(names, ", "), kSmall);
  }
  return given;
}

/// The smallest trial of the method, or the first one that the sweep has of it.
json trial_of_method(const PluginFile& plugin, const CheckOptions& options,
                     const Context& context) {
  const bool own = options.sweep.empty();
  SweepChoice choice{
      own ? (templates_folder() / "check.toml").string() : options.sweep, options.scale, {}};
  if (own) {
    choice.settings.push_back(fmt::format("method.name=\"{}\"", plugin.name));
    const json values = small_sizes(plugin, read_settings(options.settings));
    for (const auto& [key, value] : values.items()) {
      choice.settings.push_back(fmt::format("method.{}={}", key, value.dump()));
    }
  } else {
    for (const std::string& setting : options.settings) {
      choice.settings.push_back("method." + setting);
    }
  }
  const sweep::Plan plan = plan_of(choice, context);
  for (const sweep::Trial& trial : plan.trials) {
    json request = sweep::host_request(trial);
    if (request.at("config").at("method").at("name") == plugin.name) return request;
  }
  throw input_error(
      fmt::format("the sweep {} has no trial of method '{}'", options.sweep, plugin.name));
}

/// A backbone or an augmentation alone.
json trial_of_part(const PluginFile& plugin, const CheckOptions& options) {
  if (!options.sweep.empty()) {
    throw input_error(
        fmt::format("--sweep goes with a method; '{}' is of kind {}", plugin.name, plugin.kind));
  }
  const json parameters = Parameters::resolve(plugin.schema, read_settings(options.settings),
                                              fmt::format("{} '{}'", plugin.kind, plugin.name))
                              .to_json();
  const json part{{"name", plugin.name}, {"parameters", parameters}};
  json config;
  if (plugin.kind == "backbone") {
    config["backbone"] = part;
  } else {
    config["ops"] = json::array({part});
  }
  return {{"run", ""},
          {"directory", ""},
          {"config", config},
          {"seed", 0},
          {"plugins", sweep::plugins_json({plugin})}};
}

/// The line of the check that was at work is the last one that was printed.
void tell_end(const sweep::Exit& end, const CheckOptions& options) {
  if (end.signal == 0) return;
  fmt::print("\n");
  std::fflush(stdout);
  if (end.signal == SIGALRM) {
    tell(fmt::format("sslx: this check was not over after {} s; --seconds gives more",
                     options.seconds));
  } else {
    tell(fmt::format("sslx: the plugin ended its process by {} in this check",
                     sweep::signal_name(end.signal)));
  }
}

void check_plugin(const CheckOptions& options, Context& context) {
  const auto registry = PluginRegistry::search(context.plugin_dirs);
  const PluginFile& plugin = registry.find(options.kind, options.name);
  fmt::print("{} '{}' {}, {}\n", plugin.kind, plugin.name, plugin.version, plugin.file.string());
  const json trial = plugin.kind == "method" ? trial_of_method(plugin, options, context)
                                             : trial_of_part(plugin, options);
  const json request{{"task", "check plugin"},       {"kind", plugin.kind},
                     {"name", plugin.name},          {"trial", trial},
                     {"channels", options.channels}, {"side", options.image_size},
                     {"seconds", options.seconds}};
  fmt::print("\n");
  std::fflush(stdout);
  const sweep::Exit end = sweep::run_to_end(ready_tools(), request.dump());
  tell_end(end, options);
  if (end.code == 2 && plugin.kind == "method" && options.sweep.empty()) {
    tell("sslx: --sweep FILE checks it on the trial of a sweep file, with the views that it wants");
  }
  context.exit_code = end.signal != 0 ? 1 : end.code;
}

}  // namespace

void add_check_plugin(CLI::App& plugins, Context& context) {
  auto* check = plugins.add_subcommand(
      "check", "Tries a plugin, and looks for mistakes that stop no training and spoil it");
  const auto options = std::make_shared<CheckOptions>();
  check->add_option("NAME", options->name, "The plugin's name")->required();
  check->add_option("--kind", options->kind, "method, augmentation or backbone")
      ->check(CLI::IsMember({"method", "augmentation", "backbone"}));
  check->add_option("--set", options->settings, "key=value, a parameter of the plugin")
      ->allow_extra_args(false);
  check->add_option(
      "--sweep", options->sweep,
      "A sweep file, or the NAME of one, whose first trial of the method has the views "
      "and the data to check it with; default: two crops of drawn images");
  check->add_option("--scale", options->scale, "Applies [scale.NAME] of that file");
  check
      ->add_option("--image-size", options->image_size,
                   "Side of the images for a backbone or an augmentation")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  check->add_option("--channels", options->channels, "Of those images")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  check->add_option("--seconds", options->seconds, "After which a check that hangs is ended")
      ->capture_default_str()
      ->check(CLI::Range(1, 86400));
  check->footer(
      "A line a check. Of a method: shapes and names of what embed() and loss() return, in "
      "training\n"
      "and evaluation mode; views that are changed in place; parts that are not registered;\n"
      "parameters that no gradient reaches; two of the same seed; a new one that is given what "
      "was\n"
      "saved; the gradient against finite differences in float64; bf16 against float32; two "
      "shards\n"
      "of a batch against the batch; images a second. Of a backbone and an augmentation what of "
      "it\n"
      "applies. The first step of every training tells by itself what is cheap of it: parts that\n"
      "are not registered, missing gradients, changed views. Exit code: 0 nothing was found, 1\n"
      "something, 2 the plugin cannot be tried on this trial.");
  check->callback([options, &context] { check_plugin(*options, context); });
}

}  // namespace sslx::cli
