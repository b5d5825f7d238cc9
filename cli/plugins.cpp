// `sslx plugins`: what can be used, what one of them takes, and the start of a new one.
#include "cli/plugins.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/output.h"
#include "cli/plugins_check.h"
#include "cli/settings.h"
#include "host/sweep/process.h"
#include "host/sweep/trial.h"

namespace sslx::cli {

namespace {

using nlohmann::json;

constexpr unsigned kCostSeconds = 60;
const std::set<std::string> kKinds{"method", "augmentation", "backbone"};

struct ShowPluginOptions {
  std::string name;
  std::string kind;
  std::vector<std::string> settings;
  int64_t image_size = 0;  ///< 0: the backbone's own.
  int64_t channels = 0;    ///< 0: three.

  /// What is said of a backbone alone; "" when nothing is.
  std::string_view of_backbones() const {
    if (!settings.empty()) return "--set";
    if (image_size > 0) return "--image-size";
    return channels > 0 ? "--channels" : "";
  }
};

/// Counted by sslx-tools, which loads the plugin. The page is printed by then, and stays useful
/// when the plugin fails, hangs, or wants another size of image.
void print_cost(const PluginFile& plugin, const json& parameters,
                const ShowPluginOptions& options) {
  const int64_t natural = parameters.value("image_size", int64_t{224});
  const json request{
      {"task", "describe backbone"},
      {"run", ""},
      {"directory", ""},
      {"config", {{"backbone", {{"name", plugin.name}, {"parameters", parameters}}}}},
      {"seed", 0},
      {"plugins", sweep::plugins_json({plugin})},
      {"channels", options.channels > 0 ? options.channels : 3},
      {"image_size", options.image_size > 0 ? options.image_size : natural},
      {"seconds", kCostSeconds}};
  std::fflush(stdout);
  const sweep::Exit end = sweep::run_to_end(ready_tools(), request.dump());
  if (end.code == 0 && end.signal == 0) return;
  tell(fmt::format("sslx: what this backbone costs could not be counted{}",
                   end.signal == SIGALRM ? fmt::format(" within {} s", kCostSeconds) : ""));
}

void show_plugin(const ShowPluginOptions& options, const Context& context) {
  const auto registry = PluginRegistry::search(context.plugin_dirs);
  const PluginFile& plugin = registry.find(options.kind, options.name);
  const bool backbone = plugin.kind == "backbone";
  if (!backbone && !options.of_backbones().empty()) {
    throw input_error(fmt::format("{} goes with a backbone; '{}' is of kind {}",
                                  options.of_backbones(), plugin.name, plugin.kind));
  }
  const Parameters parameters = Parameters::resolve(plugin.schema, read_settings(options.settings),
                                                    fmt::format("backbone '{}'", plugin.name));
  fmt::print("{}", plugin_page(plugin));
  for (const std::string& note : registry.notes) {
    if (note.find(fmt::format("'{}'", plugin.name)) != std::string::npos)
      fmt::print("\n{}\n", note);
  }
  if (!backbone) return;
  try {
    print_cost(plugin, parameters.to_json(), options);
  } catch (const Error& error) {
    tell(fmt::format("sslx: what this backbone costs could not be counted: {}", error.what()));
  }
}

void add_show_plugin(CLI::App& plugins, Context& context) {
  auto* show = plugins.add_subcommand(
      "show", "One plugin: its parameters, paper and digest; of a backbone also what it costs");
  const auto options = std::make_shared<ShowPluginOptions>();
  show->add_option("NAME", options->name, "The plugin's name")->required();
  show->add_option("--kind", options->kind, "method, augmentation or backbone")
      ->check(CLI::IsMember(kKinds));
  show->add_option("--set", options->settings,
                   "key=value, a parameter of the backbone for which its cost is counted")
      ->allow_extra_args(false);
  show->add_option("--image-size", options->image_size,
                   "Side of the image for which it is counted; default: the backbone's, or 224")
      ->check(CLI::Range(1, 4096));
  show->add_option("--channels", options->channels, "Of that image; default: 3")
      ->check(CLI::Range(1, 1024));
  show->callback([options, &context] { show_plugin(*options, context); });
}

void add_new_plugin(CLI::App& plugins, const Context& context) {
  auto* create = plugins.add_subcommand("new", "Writes the project of a new plugin");
  auto kind = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  auto parent = std::make_shared<std::filesystem::path>(".");
  create->add_option("KIND", *kind, "method, augmentation or backbone")
      ->required()
      ->check(CLI::IsMember(kKinds));
  create->add_option("NAME", *name, "Lower case, digits and '_'")->required();
  create->add_option("--dir", *parent, "Where the folder NAME is made")->capture_default_str();
  create->callback([kind, name, parent, &context] {
    const std::string folder = write_project(*kind, *name, *parent).string();
    const std::string taken = taken_name(PluginRegistry::search(context.plugin_dirs), *kind, *name);
    if (!taken.empty()) tell("sslx: " + taken);
    fmt::print("{0} is written; {0}/README.md tells how to build and run it\n", folder);
  });
}

}  // namespace

void add_plugins(CLI::App& app, Context& context) {
  auto* plugins = app.add_subcommand("plugins", "Lists the plugins that are found");
  plugins->require_subcommand(0, 1);
  add_show_plugin(*plugins, context);
  add_new_plugin(*plugins, context);
  add_check_plugin(*plugins, context);
  plugins->callback([plugins, &context] {
    if (!plugins->get_subcommands().empty()) return;
    fmt::print("{}", plugin_list(PluginRegistry::search(context.plugin_dirs)));
  });
}

}  // namespace sslx::cli
