// `sslx plugins`: what can be used, what one of them takes, and the start of a new one.
#include "cli/plugins.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>
#include <set>

#include "cli/context.h"

namespace sslx::cli {

namespace {

const std::set<std::string> kKinds{"method", "augmentation", "backbone"};

void add_show_plugin(CLI::App& plugins, Context& context) {
  auto* show = plugins.add_subcommand("show", "One plugin: its parameters, paper and digest");
  auto name = std::make_shared<std::string>();
  auto kind = std::make_shared<std::string>();
  show->add_option("NAME", *name, "The plugin's name")->required();
  show->add_option("--kind", *kind, "method, augmentation or backbone")
      ->check(CLI::IsMember(kKinds));
  show->callback([&context, name, kind] {
    const auto registry = PluginRegistry::search(context.plugin_dirs);
    fmt::print("{}", plugin_page(registry.find(*kind, *name)));
  });
}

void add_new_plugin(CLI::App& plugins) {
  auto* create = plugins.add_subcommand("new", "Writes the project of a new plugin");
  auto kind = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  auto parent = std::make_shared<std::filesystem::path>(".");
  create->add_option("KIND", *kind, "method, augmentation or backbone")
      ->required()
      ->check(CLI::IsMember(kKinds));
  create->add_option("NAME", *name, "Lower case, digits and '_'")->required();
  create->add_option("--dir", *parent, "Where the folder NAME is made")->capture_default_str();
  create->callback([kind, name, parent] {
    const std::string folder = write_project(*kind, *name, *parent).string();
    fmt::print("{0} is written; {0}/README.md tells how to build and run it\n", folder);
  });
}

}  // namespace

void add_plugins(CLI::App& app, Context& context) {
  auto* plugins = app.add_subcommand("plugins", "Lists the plugins that are found");
  plugins->require_subcommand(0, 1);
  add_show_plugin(*plugins, context);
  add_new_plugin(*plugins);
  plugins->callback([plugins, &context] {
    if (!plugins->get_subcommands().empty()) return;
    fmt::print("{}", plugin_list(PluginRegistry::search(context.plugin_dirs)));
  });
}

}  // namespace sslx::cli
