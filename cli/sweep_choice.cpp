#include "cli/sweep_choice.h"

#include <fmt/format.h>

#include "cli/sweep_place.h"

namespace sslx::cli {

void add_sweep_choice(CLI::App& verb, SweepChoice& choice) {
  CLI::Option* sweep = verb.add_option("SWEEP", choice.sweep, "A sweep file, or the NAME of one");
  choice.sweep.empty() ? sweep->required() : sweep->capture_default_str();
  verb.add_option("--set", choice.settings, "key=value, as for `sslx sweep`")
      ->allow_extra_args(false);
  verb.add_option("--scale", choice.scale, "Applies [scale.NAME] of the file");
}

sweep::Plan plan_of(const SweepChoice& choice, const Context& context) {
  sweep::SweepFile file =
      sweep::read_sweep_file(find_sweep_file(choice.sweep, context.home), choice.scale);
  for (const std::string& setting : choice.settings) sweep::apply_setting(file, setting);
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  sweep::DataFolder data;
  sweep::Plan plan = sweep::make_plan(file, registry, data, context.weights());
  for (const std::string& note : plan.notes) fmt::print("{}\n", note);
  return plan;
}

}  // namespace sslx::cli
