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

/// The figures that trials have, and whether that is all of them.
struct Figures {
  Names known{kOfEveryRun.begin(), kOfEveryRun.end()};
  bool all_say = true;
};

Figures figures_of(const std::vector<Trial>& trials) {
  Figures out;
  for (const Trial& trial : trials) {
    const json evaluate = trial.config.whole().value("evaluate", json::object());
    add_stages(evaluate, out.known);
    add_probes(evaluate, out.known);
    if (trial.config.whole().at("train").contains("online_probe")) {
      out.known.insert({"online_top1", "online_accuracy"});
    }
    if (evaluate.contains("attention")) out.known.insert("attention_jaccard");
    out.all_say = add_diagnostics(trial, out.known) && out.all_say;
  }
  return out;
}

void check_metric(const std::string& name, const Figures& figures, const std::string& origin) {
  const Names& known = figures.known;
  if (std::ranges::any_of(known, [&](const auto& one) { return fits(name, one); })) return;
  const std::string near = nearest_word(name, {known.begin(), known.end()});
  if (!figures.all_say && !is_slip(name, near)) return;
  throw input_error(fmt::format("{}: no run of this sweep has a figure '{}'; {}", origin, name,
                                near.empty() ? fmt::format("there are {}", fmt::join(known, ", "))
                                             : fmt::format("the nearest is '{}'", near)));
}

std::optional<std::string> value_of(const Trial& trial, const std::string& path) {
  return record::trial_value(record::TrialValues{.variant = trial.variant,
                                                 .seed = trial.seed,
                                                 .axes = trial.axes,
                                                 .config = trial.config.whole()},
                             path);
}

/// What trials have at a path: at an axis, or in their configuration.
Names values_at(const std::string& path, const std::vector<Trial>& trials) {
  Names out;
  for (const Trial& trial : trials) {
    if (const auto value = value_of(trial, path)) out.insert(*value);
  }
  return out;
}

/// `what`: "the rows of the table are of".
void check_path(const std::string& path, const std::vector<Trial>& trials, const std::string& what,
                const std::string& origin) {
  const auto has = [&](const Trial& trial) { return value_of(trial, path).has_value(); };
  if (trials.empty() || std::ranges::any_of(trials, has)) return;
  std::vector<std::string> names{"variant", "method", "backbone", "data", "seed"};
  for (const auto& [axis, value] : trials.front().axes.items()) names.push_back(axis);
  const std::string near = nearest_word(path, names);
  throw input_error(
      fmt::format("{}: {} '{}', which no trial has; it must be {} or a key of the configuration{}",
                  origin, what, path, fmt::join(names, ", "),
                  near.empty() ? "" : fmt::format("; the nearest is '{}'", near)));
}

/// The cells of one claim, or what they have in common.
void check_selector(const std::string& id, const Config& cell, const std::vector<Trial>& trials,
                    const Figures& figures) {
  for (const auto& [path, wanted] : cell.value.items()) {
    if (path == "metric") {
      check_metric(text_at(cell, path), figures, cell.origin(path));
      continue;
    }
    check_path(path, trials, fmt::format("claim '{}' is of", id), cell.origin(path));
    const std::string value = record::shown_value(wanted);
    const Names known = values_at(path, trials);
    const auto same = [&](const auto& one) { return record::is_same_value(one, value); };
    if (std::ranges::any_of(known, same)) continue;
    const std::string near = nearest_word(value, {known.begin(), known.end()});
    const bool is_word = value.find_first_not_of("0123456789.eE+-") != std::string::npos;
    if (!is_word || near.empty() || !is_slip(value, near)) continue;
    throw input_error(fmt::format("{}: claim '{}': no trial's {} is '{}'; the nearest is '{}'",
                                  cell.origin(path), id, path, value, near));
  }
}

/// Some trial must be of the row that all are compared with.
void check_baseline(const TableLayout& table, const std::vector<Trial>& trials) {
  if (table.baseline.is_null() || trials.empty()) return;
  const auto is_it = [&](const Trial& trial) {
    return std::ranges::all_of(table.baseline.items(), [&](const auto& part) {
      const auto value = value_of(trial, part.key());
      return value && record::is_same_value(*value, record::shown_value(part.value()));
    });
  };
  if (std::ranges::any_of(trials, is_it)) return;
  throw input_error(
      fmt::format("{}: the baseline of the table is {}, and no trial is of such a row",
                  table.origins.at("baseline"), table.baseline.dump()));
}

}  // namespace

void check_table(const TableLayout& table, const std::vector<Trial>& trials) {
  check_baseline(table, trials);
  const Figures figures = figures_of(trials);
  for (const std::string& name : table.metrics) {
    check_metric(name, figures, table.origins.at("metrics"));
  }
  for (const std::string& path : table.rows) {
    check_path(path, trials, "the rows of the table are of", table.origins.at("rows"));
  }
  for (const std::string& path : table.columns) {
    check_path(path, trials, "the columns of the table are of", table.origins.at("columns"));
  }
}

void check_claims(const std::vector<SweepClaim>& claims, const std::vector<Trial>& trials) {
  if (claims.empty()) return;
  const Figures figures = figures_of(trials);
  for (const SweepClaim& claim : claims) {
    const std::string id = claim.id();
    check_metric(claim.recorded.at("metric"), figures, claim.table.origin("metric"));
    if (claim.recorded.contains("axis")) {
      check_path(claim.recorded.at("axis"), trials, fmt::format("the axis of claim '{}' is", id),
                 claim.table.origin("axis"));
    }
    const Config cells = claim.table.child("cells");
    for (size_t i = 0; i < claim.recorded.value("cells", json::array()).size(); ++i) {
      check_selector(id, cells.child(std::to_string(i)), trials, figures);
    }
    check_selector(id, table_at(claim.table, "where"), trials, figures);
  }
}

}  // namespace sslx::sweep
