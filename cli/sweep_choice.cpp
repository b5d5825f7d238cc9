#include "cli/sweep_choice.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "cli/sweep_place.h"

namespace sslx::cli {

void add_sweep_choice(CLI::App& verb, SweepChoice& choice) {
  CLI::Option* sweep = verb.add_option("SWEEP", choice.sweep,
                                       "A sweep file, or the NAME of one, as for `sslx sweep`");
  choice.sweep.empty() ? sweep->required() : sweep->capture_default_str();
  verb.add_option("--set", choice.settings, "key=value, as for `sslx sweep`")
      ->allow_extra_args(false);
  verb.add_option("--scale", choice.scale, "Applies [scale.NAME] of the file");
}

sweep::Plan plan_of(const SweepChoice& choice, const Context& context) {
  sweep::DataFolder data;
  return plan_of(choice, context, data);
}

sweep::Plan plan_of(const SweepChoice& choice, const Context& context, sweep::DataLookup& data) {
  sweep::SweepFile file =
      sweep::read_sweep_file(find_sweep_file(choice.sweep, context.home), choice.scale);
  for (const std::string& setting : choice.settings) sweep::apply_setting(file, setting);
  if (!choice.seeds.empty()) file.seeds = sweep::parse_seeds_option(choice.seeds);
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  sweep::Plan plan = sweep::make_plan(file, registry, data, context.weights());
  for (const std::string& note : plan.notes) fmt::print("{}\n", note);
  return plan;
}

std::vector<sweep::Trial> trials_named(const sweep::Plan& plan, const std::string& wanted) {
  std::vector<sweep::Trial> out;
  for (const sweep::Trial& trial : plan.trials) {
    const std::string label = sweep::trial_label(trial.variant, trial.axes, trial.seed);
    const bool named = wanted.empty() || label.find(wanted) != std::string::npos ||
                       (wanted.size() >= 8 && trial.identity.starts_with(wanted));
    if (named) out.push_back(trial);
  }
  if (!out.empty()) return out;
  throw input_error(fmt::format(
      "no trial of '{0}' is called '{1}'; --trial must be a part of a label, or 8 digits "
      "or more of an identity, that `sslx sweep {0} --dry-run` prints",
      plan.name, wanted));
}

}  // namespace sslx::cli
