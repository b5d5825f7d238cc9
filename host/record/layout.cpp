#include "host/record/layout.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <map>
#include <set>

#include "host/record/sql.h"

namespace sslx::record {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

const char* const kConfiguration = "configuration";

bool has(const Names& names, const std::string& name) {
  return std::ranges::count(names, name) > 0;
}

Names axes_of(const SweepData& data) {
  std::set<std::string> axes;
  for (const TrialData& trial : data.trials) {
    for (const auto& [path, value] : trial.trial.axes.items()) axes.insert(path);
  }
  return {axes.begin(), axes.end()};
}

Names list(const json& table, const char* key) {
  return table.contains(key) ? table[key].get<Names>() : Names();
}

void check_known(const SweepData& data, const Names& paths) {
  for (const std::string& path : paths) {
    const auto known = [&](const TrialData& trial) {
      return trial_value(trial.trial, path).has_value();
    };
    if (data.trials.empty() || std::ranges::any_of(data.trials, known)) continue;
    Names names{"variant", "method", "backbone", "data"};
    std::ranges::copy(axes_of(data), std::back_inserter(names));
    const std::string nearest = nearest_word(path, names);
    throw input_error(
        fmt::format("the table of sweep '{}' names '{}', which no trial has; it must be {} or a "
                    "key of the configuration{}",
                    data.sweep.name, path, fmt::join(names, ", "),
                    nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)),
        "correct [table] in the sweep file and run `sslx sweep` again");
  }
}

/// The configurations of each cell.
using Cells = std::map<std::pair<Names, Names>, std::vector<const PlannedTrial*>>;

bool is_mixed(const std::vector<const PlannedTrial*>& trials) {
  return std::ranges::any_of(
      trials, [&](const PlannedTrial* trial) { return trial->config != trials.front()->config; });
}

Cells cells_of(const SweepData& data, const Layout& layout) {
  Cells out;
  for (const TrialData& trial : data.trials) {
    out[{key_of(trial.trial, layout.rows), key_of(trial.trial, layout.columns)}].push_back(
        &trial.trial);
  }
  return out;
}

/// Whether the path tells apart configurations that share a cell.
bool separates(const Cells& cells, const std::string& path) {
  return std::ranges::any_of(cells, [&](const auto& cell) {
    if (!is_mixed(cell.second)) return false;
    return std::ranges::any_of(cell.second, [&](const PlannedTrial* trial) {
      return key_of(*trial, {path}) != key_of(*cell.second.front(), {path});
    });
  });
}

/// Averaging over anything but seeds would be a lie: what tells the configurations apart becomes a
/// row.
void separate_configurations(const SweepData& data, Layout& layout) {
  Names candidates = axes_of(data);
  candidates.insert(candidates.begin(), {"variant", "method"});
  candidates.emplace_back(kConfiguration);
  for (const std::string& path : candidates) {
    if (has(layout.rows, path) || has(layout.columns, path)) continue;
    if (separates(cells_of(data, layout), path)) layout.rows.push_back(path);
  }
}

}  // namespace

Names key_of(const PlannedTrial& trial, const Names& paths) {
  Names out;
  for (const std::string& path : paths) {
    out.push_back(path == kConfiguration ? sha256_hex(text_of(trial.config)).substr(0, 8)
                                         : trial_value(trial, path).value_or("-"));
  }
  return out;
}

Layout make_layout(const SweepData& data) {
  const json& table = data.sweep.table;
  Layout out{list(table, "rows"), list(table, "columns"), list(table, "metrics")};
  if (out.metrics.empty()) {
    out.metrics = {"knn_top1", "linear_top1", "seeds", "images_per_second", "peak_memory"};
  }
  if (out.rows.empty() && !has(out.columns, "variant")) out.rows = {"variant"};
  check_known(data, out.rows);
  check_known(data, out.columns);
  const bool unnamed = std::ranges::all_of(
      data.trials, [](const TrialData& trial) { return trial.trial.variant.empty(); });
  if (unnamed) std::ranges::replace(out.rows, "variant", "method");
  separate_configurations(data, out);
  const auto has_build = [](const TrialData& trial) { return !trial.trial.build.empty(); };
  if (std::ranges::any_of(data.trials, has_build)) out.rows.emplace_back(kBuildPath);
  return out;
}

}  // namespace sslx::record
