// `sslx views`: a contact sheet of what the recipes of a sweep make of its images.
#include <fmt/format.h>

#include <set>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/output_name.h"
#include "cli/sweep_choice.h"
#include "host/data/path_text.h"
#include "host/sweep/process.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

struct Options {
  SweepChoice choice;
  std::filesystem::path out = "views.png";
  std::string trial;
  int64_t images = 0;
  int64_t epochs = 0;
};

/// One trial for each different recipe over the same data, of the first seed.
std::vector<sweep::Trial> distinct_recipes(const std::vector<sweep::Trial>& trials) {
  std::vector<sweep::Trial> out;
  std::set<std::string> seen;
  for (const sweep::Trial& trial : trials) {
    const std::string recipe = trial.config.at("view").dump() + trial.config.at("data").dump();
    if (seen.insert(recipe).second) out.push_back(trial);
  }
  return out;
}

/// The label without the seed, and without the variant where one picture serves several.
std::string block_label(const sweep::Trial& trial) {
  std::string out;
  for (const auto& [path, value] : trial.axes.items()) {
    const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    if (!out.empty()) out += ", ";
    out += fmt::format("{}={}", path, shown).substr(0, 60);
  }
  return out.empty() ? trial.variant : out;
}

int draw_views(const Options& options, const Context& context) {
  check_ending("--out", options.out, ".png", "a PNG picture");
  const sweep::Plan plan = plan_of(options.choice, context);
  const std::vector<sweep::Trial> trials = distinct_recipes(trials_named(plan, options.trial));
  const bool one = trials.size() == 1;
  json request{{"task", "views"},
               {"out", data::path_text(options.out)},
               {"images", options.images > 0 ? options.images
                          : one              ? 8
                                             : 2},
               {"epochs", options.epochs > 0 ? options.epochs
                          : one              ? 3
                                             : 1},
               {"least_side", one ? 96 : 64},
               {"trials", json::array()}};
  for (const sweep::Trial& trial : trials) {
    json asked = sweep::host_request(trial);
    asked["label"] = block_label(trial);
    request["trials"].push_back(std::move(asked));
  }
  const int code = sweep::run_with_input(ready_tools(), request.dump());
  if (code == 0) {
    fmt::print("{}: {} recipe{}\n", options.out.string(), trials.size(), one ? "" : "s");
  }
  return code;
}

}  // namespace

void add_views(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "views", "Draws a contact sheet: images and the views that a sweep's recipes make of them");
  const auto options = std::make_shared<Options>();
  add_sweep_choice(*verb, options->choice);
  verb->add_option("--out", options->out, "The PNG that is written")->capture_default_str();
  verb->add_option("--trial", options->trial,
                   "Only trials with this in their label; default: every different recipe");
  verb->add_option("--images", options->images, "Images a recipe; default: 8, or 2 of many recipes")
      ->check(CLI::Range(1, 1000));
  verb->add_option("--epochs", options->epochs,
                   "Draws of each view, those of the first epochs; default: 3, or 1")
      ->check(CLI::Range(1, 1000));
  verb->callback([options, &context] { context.exit_code = draw_views(*options, context); });
}

}  // namespace sslx::cli
