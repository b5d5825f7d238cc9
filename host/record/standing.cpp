#include "host/record/standing.h"

#include <algorithm>

namespace sslx::record {
namespace {

/// a - b at the seeds that both have.
Statistic paired(const PivotCell& a, const PivotCell& b) {
  std::vector<double> out;
  for (const Sample& sample : a.samples) {
    const auto other = std::ranges::find(b.samples, sample.seed, &Sample::seed);
    if (other != b.samples.end()) out.push_back(sample.value - other->value);
  }
  return summarize(out);
}

bool fits(const Pivot& pivot, const PivotRow& row, const nlohmann::json& baseline) {
  return std::ranges::all_of(baseline.items(), [&](const auto& part) {
    const auto name = std::ranges::find(pivot.row_names, part.key());
    if (name == pivot.row_names.end()) return false;
    const std::string& value = row.key[static_cast<size_t>(name - pivot.row_names.begin())];
    return is_same_value(value, shown_value(part.value()));
  });
}

}  // namespace

bool is_score(const PivotColumn& column) { return column.unit == "%" && !column.protocol.empty(); }

void set_standings(Pivot& pivot) {
  for (size_t i = 0; i < pivot.columns.size(); ++i) {
    if (!is_score(pivot.columns[i])) continue;
    const auto mean = [i](const PivotRow& row) {
      const Statistic& statistic = row.cells[i].statistic;
      return statistic.n == 0 ? -1e300 : statistic.mean;
    };
    const auto best = std::ranges::max_element(pivot.rows, {}, mean);
    const auto filled = std::ranges::count_if(
        pivot.rows, [&](const PivotRow& row) { return row.cells[i].statistic.n > 0; });
    if (filled < 2 || best->cells[i].statistic.n < 2) continue;
    const PivotCell& top = best->cells[i];
    for (PivotRow& row : pivot.rows) {
      PivotCell& cell = row.cells[i];
      if (&cell == &top || cell.statistic.n == 0) continue;
      const Statistic difference = paired(top, cell);
      const bool told = difference.half_width && difference.mean > *difference.half_width;
      if (!told) cell.standing = Standing::kTied;
    }
    best->cells[i].standing = Standing::kBest;
  }
}

void set_deltas(Pivot& pivot, const nlohmann::json& baseline) {
  std::vector<PivotRow*> found;
  for (PivotRow& row : pivot.rows) {
    if (fits(pivot, row, baseline)) found.push_back(&row);
  }
  if (found.size() != 1) return;
  pivot.baseline = baseline;
  for (size_t i = 0; i < pivot.columns.size(); ++i) {
    if (!is_score(pivot.columns[i])) continue;
    for (PivotRow& row : pivot.rows) {
      if (&row == found.front()) continue;
      const Statistic difference = paired(row.cells[i], found.front()->cells[i]);
      if (difference.n > 0) row.cells[i].delta = difference;
    }
  }
}

}  // namespace sslx::record
