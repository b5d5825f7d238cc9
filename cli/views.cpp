// `sslx views`: a contact sheet of what the recipes of a sweep make of its images.
#include <fmt/format.h>

#include <set>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/output_name.h"
#include "cli/sweep_choice.h"
#include "cli/views.h"
#include "host/data/path_text.h"
#include "host/sweep/process.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

struct Options {
  SweepChoice choice;
  std::filesystem::path out = "views.png";
  std::string trial;
  ViewSheet sheet;
};

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

int draw_chosen(const Options& options, const Context& context) {
  check_ending("--out", options.out, ".png", "a PNG picture");
  const sweep::Plan plan = plan_of(options.choice, context);
  const std::vector<sweep::Trial> trials = distinct_recipes(trials_named(plan, options.trial));
  const int code = draw_views(trials, options.sheet, options.out);
  if (code == 0) {
    fmt::print("{}: {} recipe{}\n", options.out.string(), trials.size(),
               trials.size() == 1 ? "" : "s");
  }
  return code;
}

}  // namespace

std::vector<sweep::Trial> distinct_recipes(const std::vector<sweep::Trial>& trials) {
  std::vector<sweep::Trial> out;
  std::set<std::string> seen;
  for (const sweep::Trial& trial : trials) {
    const std::string recipe = trial.config.at("view").dump() + trial.config.at("data").dump();
    if (seen.insert(recipe).second) out.push_back(trial);
  }
  return out;
}

int draw_views(const std::vector<sweep::Trial>& trials, const ViewSheet& sheet,
               const std::filesystem::path& out) {
  const bool one = trials.size() == 1;
  json request{{"task", "views"},
               {"out", data::path_text(out)},
               {"images", sheet.images > 0 ? sheet.images
                          : one            ? 8
                                           : 2},
               {"epochs", sheet.epochs > 0 ? sheet.epochs
                          : one            ? 3
                                           : 1},
               {"least_side", one ? 96 : 64},
               {"histograms", sheet.histograms},
               {"trials", json::array()}};
  for (const sweep::Trial& trial : trials) {
    json asked = sweep::host_request(trial);
    asked["label"] = block_label(trial);
    request["trials"].push_back(std::move(asked));
  }
  return sweep::run_with_input(ready_tools(), request.dump());
}

void add_views(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "views", "Draws a contact sheet: images and the views that a sweep's recipes make of them");
  const auto options = std::make_shared<Options>();
  add_sweep_choice(*verb, options->choice);
  verb->add_option("--out", options->out, "The PNG that is written")->capture_default_str();
  verb->add_option("--trial", options->trial,
                   "Only trials with this in their label; default: every different recipe");
  verb->add_flag("--histograms", options->sheet.histograms,
                 "Below each picture how often each brightness of red, green and blue is in it "
                 "(SimCLR, figure 6)");
  verb->add_option("--images", options->sheet.images,
                   "Images a recipe; default: 8, or 2 of many recipes")
      ->check(CLI::Range(1, 1000));
  verb->add_option("--epochs", options->sheet.epochs,
                   "Draws of each view, those of the first epochs; default: 3, or 1")
      ->check(CLI::Range(1, 1000));
  verb->callback([options, &context] { context.exit_code = draw_chosen(*options, context); });
}

}  // namespace sslx::cli
