#include "host/sweep/table_check.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <set>

#include "host/record/pivot_data.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
using Names = std::set<std::string>;

/// Of every run: the table's own, probes, and what the host records beside a method's loss.
const std::vector<std::string> kOfEveryRun{"seeds",
                                           "seconds",
                                           "peak_memory",
                                           "images_per_second",
                                           "knn_top1",
                                           "linear_top1",
                                           "loss",
                                           "loss_below_chance",
                                           "lr",
                                           "alignment",
                                           "uniformity",
                                           "feature_deviation",
                                           "effective_rank",
                                           "gradient_norm_first",
                                           "gradient_norm_last",
                                           "gradient_norm.*",
                                           "share_data",
                                           "share_forward",
                                           "share_backward",
                                           "share_update",
                                           "share_looks",
                                           "peak_device_memory_bytes"};

/// "stl10_knn_top1" and "stl10_linear_top1" of a probe of the name "stl10", as far as it has them.
void add_probes(const json& evaluate, Names& names) {
  for (const json& probe : evaluate.value("probe", json::array())) {
    for (const char* kind : {"knn", "linear"}) {
      if (!probe.contains(kind)) continue;
      names.insert(fmt::format("{}_{}_top1", probe.at("name").get<std::string>(), kind));
    }
  }
}

/// "finetune_1pct_top1" and "finetune_1pct_loss" of each share of the labels, distilled ones alike.
void add_stages(const json& evaluate, Names& names) {
  if (!evaluate.contains("finetune")) return;
  for (const json& share : evaluate.at("finetune").at("labels")) {
    for (const char* stage : {"finetune", "distil"}) {
      if (!evaluate.contains(stage)) continue;
      const std::string name = fmt::format("{}_{:g}pct", stage, 100 * share.get<double>());
      names.insert(name + "_top1");
      names.insert(name + "_loss");
    }
  }
}

/// Whether all methods say what they report.
bool add_diagnostics(const Trial& trial, Names& names) {
  bool all = true;
  for (const PluginFile& plugin : trial.plugins) {
    if (plugin.kind != "method") continue;
    all = all && plugin.diagnostics.has_value();
    if (plugin.diagnostics) names.insert(plugin.diagnostics->begin(), plugin.diagnostics->end());
  }
  return all;
}

bool fits(const std::string& name, const std::string& known) {
  if (!known.ends_with('*')) return name == known;
  return name.starts_with(std::string_view(known).substr(0, known.size() - 1));
}

/// Whether the words differ in one place, by two letters at most.
bool is_slip(const std::string& a, const std::string& b) {
  const auto [ahead, other] = std::ranges::mismatch(a, b);
  const auto same_start = static_cast<size_t>(ahead - a.begin());
  const size_t least = std::min(a.size(), b.size());
  size_t same_end = 0;
  while (same_end < least - same_start &&
         a[a.size() - 1 - same_end] == b[b.size() - 1 - same_end]) {
    ++same_end;
  }
  return std::max(a.size(), b.size()) - same_start - same_end <= 2;
}

void check_metrics(const TableLayout& table, const std::vector<Trial>& trials) {
  Names known(kOfEveryRun.begin(), kOfEveryRun.end());
  bool all_say = true;
  for (const Trial& trial : trials) {
    const json evaluate = trial.config.whole().value("evaluate", json::object());
    add_stages(evaluate, known);
    add_probes(evaluate, known);
    if (trial.config.whole().at("train").contains("online_probe")) {
      known.insert({"online_top1", "online_accuracy"});
    }
    all_say = add_diagnostics(trial, known) && all_say;
  }
  for (const std::string& name : table.metrics) {
    if (std::ranges::any_of(known, [&](const auto& one) { return fits(name, one); })) continue;
    const std::string near = nearest_word(name, {known.begin(), known.end()});
    if (!all_say && !is_slip(name, near)) continue;
    throw input_error(fmt::format("{}: no run of this sweep has a figure '{}'; {}",
                                  table.origins.at("metrics"), name,
                                  near.empty() ? fmt::format("there are {}", fmt::join(known, ", "))
                                               : fmt::format("the nearest is '{}'", near)));
  }
}

/// Whether some trial has a value there: at an axis, or in its configuration.
bool is_known(const std::string& path, const std::vector<Trial>& trials) {
  return std::ranges::any_of(trials, [&](const Trial& trial) {
    return record::trial_value(record::TrialValues{.variant = trial.variant,
                                                   .seed = trial.seed,
                                                   .axes = trial.axes,
                                                   .config = trial.config.whole()},
                               path)
        .has_value();
  });
}

void check_paths(const std::string& key, const std::vector<std::string>& paths,
                 const TableLayout& table, const std::vector<Trial>& trials) {
  for (const std::string& path : paths) {
    if (trials.empty() || is_known(path, trials)) continue;
    std::vector<std::string> names{"variant", "method", "backbone", "data", "seed"};
    for (const auto& [axis, value] : trials.front().axes.items()) names.push_back(axis);
    const std::string near = nearest_word(path, names);
    throw input_error(fmt::format(
        "{}: the {} of the table are of '{}', which no trial has; it must be {} or a key of the "
        "configuration{}",
        table.origins.at(key), key, path, fmt::join(names, ", "),
        near.empty() ? "" : fmt::format("; the nearest is '{}'", near)));
  }
}

}  // namespace

void check_table(const TableLayout& table, const std::vector<Trial>& trials) {
  check_metrics(table, trials);
  check_paths("rows", table.rows, table, trials);
  check_paths("columns", table.columns, table, trials);
}

}  // namespace sslx::sweep
