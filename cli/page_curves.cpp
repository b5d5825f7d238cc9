#include "cli/page_curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "cli/report_cells.h"
#include "host/record/curves.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using record::Pivot;

constexpr size_t kMostSeries = 24;  ///< More lines tell nothing.

/// By metric, then epoch: a mean over its steps.
using Epochs = std::map<std::string, std::map<int64_t, double>>;

struct Series {
  std::string label;
  std::vector<std::string> runs;
};

/// The runs of each cell, once however many figures it has.
std::vector<Series> series_of(const Pivot& pivot) {
  std::vector<Series> out;
  for (const record::PivotRow& row : pivot.rows) {
    std::set<std::vector<std::string>> seen;
    for (size_t i = 0; i < pivot.columns.size(); ++i) {
      const record::PivotCell& cell = row.cells[i];
      if (cell.samples.empty() || !seen.insert(pivot.columns[i].key).second) continue;
      Series& series = out.emplace_back();
      const std::string column = key_label(pivot, pivot.columns[i].key);
      series.label =
          fmt::format("{}{}{}", fmt::join(row.key, ", "), column.empty() ? "" : ", ", column);
      for (const record::Sample& sample : cell.samples) series.runs.push_back(sample.run);
    }
  }
  return out;
}

std::set<std::string> metrics_of(const Pivot& pivot) {
  std::set<std::string> out{"loss"};
  for (const record::PivotColumn& column : pivot.columns) {
    if (column.protocol.empty() && !is_of_machine(column)) out.insert(column.metric);
  }
  return out;
}

Epochs epochs_of(record::Database& database, const std::string& run,
                 const std::set<std::string>& metrics) {
  Epochs out;
  for (const auto& [name, points] : record::curves_of(database, run)) {
    if (!metrics.contains(name)) continue;
    std::map<int64_t, std::pair<double, size_t>> sums;
    for (const record::CurvePoint& point : points) {
      if (!std::isfinite(point.value)) continue;
      sums[point.epoch].first += point.value;
      ++sums[point.epoch].second;
    }
    for (const auto& [epoch, sum] : sums) {
      out[name][epoch] = sum.first / static_cast<double>(sum.second);
    }
  }
  return out;
}

/// Of one metric over the runs of a cell; an epoch counts where all of them have it.
json curve_of(const std::string& label, const std::string& metric,
              const std::vector<Epochs>& runs) {
  json out{{"label", label}, {"x", json::array()}, {"mean", json::array()}, {"seeds", runs.size()}};
  std::map<int64_t, std::vector<double>> values;
  for (const Epochs& run : runs) {
    const auto found = run.find(metric);
    if (found == run.end()) continue;
    for (const auto& [epoch, value] : found->second) values[epoch].push_back(value);
  }
  for (const auto& [epoch, at] : values) {
    if (at.size() != runs.size()) continue;
    const record::Statistic statistic = record::summarize(at);
    out["x"].push_back(epoch);
    out["mean"].push_back(statistic.mean);
    if (!statistic.half_width) continue;
    out["low"].push_back(statistic.mean - *statistic.half_width);
    out["high"].push_back(statistic.mean + *statistic.half_width);
  }
  return out;
}

}  // namespace

json page_curves(record::Database& database, const Pivot& pivot) {
  const std::vector<Series> all = series_of(pivot);
  json out = json::array();
  if (all.size() > kMostSeries) return out;
  const std::set<std::string> metrics = metrics_of(pivot);
  std::map<std::string, json> found;
  for (const Series& series : all) {
    std::vector<Epochs> runs;
    for (const std::string& run : series.runs) runs.push_back(epochs_of(database, run, metrics));
    for (const std::string& metric : metrics) {
      json curve = curve_of(series.label, metric, runs);
      if (curve["x"].size() > 1) found[metric].push_back(std::move(curve));
    }
  }
  for (auto& [metric, series] : found) {
    out.push_back({{"metric", metric}, {"unit", ""}, {"series", std::move(series)}});
  }
  return out;
}

}  // namespace sslx::cli
