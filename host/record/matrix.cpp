#include "host/record/matrix.h"

#include <algorithm>
#include <map>

namespace sslx::record {
namespace {

using Key = std::vector<std::string>;

/// A column without any result yet has no protocol; it belongs to the metric's first.
bool belongs(const PivotColumn& column, const PivotColumn& to, bool first) {
  return column.metric == to.metric &&
         (column.protocol == to.protocol || (first && column.protocol.empty()));
}

/// One for each metric and protocol; without a protocol only where the metric has none at all.
std::vector<PivotColumn> kinds_of(const Pivot& pivot) {
  std::vector<PivotColumn> out;
  for (const PivotColumn& column : pivot.columns) {
    const auto same_metric = [&](const PivotColumn& kind) { return kind.metric == column.metric; };
    const auto known = std::ranges::find_if(out, same_metric);
    if (known != out.end() && known->protocol.empty()) {
      *known = column;
    } else if (std::ranges::none_of(out, [&](const PivotColumn& kind) {
                 return same_metric(kind) &&
                        (column.protocol.empty() || kind.protocol == column.protocol);
               })) {
      out.push_back(column);
    }
  }
  for (size_t i = 0; i < out.size(); ++i) {
    out[i].ambiguous = std::ranges::count(out, out[i].metric, &PivotColumn::metric) > 1;
  }
  return out;
}

MatrixCell cell_of(const PivotCell& cell, const std::string& metric) {
  MatrixCell out;
  out.planned = cell.planned > 0;
  if (cell.statistic.n > 0) out.value = cell.statistic.mean;
  if (metric == "seeds") out.value = static_cast<double>(cell.samples.size());
  return out;
}

MatrixAverage average_of(const std::vector<MatrixCell>& cells) {
  double sum = 0;
  size_t count = 0;
  bool stale = false;
  for (const MatrixCell& cell : cells) {
    stale = stale || cell.stale;
    if (!cell.value) continue;
    sum += *cell.value;
    ++count;
  }
  if (count == 0) return {std::nullopt, true};
  return {sum / static_cast<double>(count), count < cells.size(), stale};
}

Matrix matrix_of(const Pivot& pivot, const PivotColumn& kind, bool first) {
  Matrix out;
  out.column = kind;
  std::map<Key, std::vector<size_t>> places;
  for (size_t i = 0; i < pivot.columns.size(); ++i) {
    const PivotColumn& column = pivot.columns[i];
    if (std::ranges::count(out.columns, column.key) == 0) out.columns.push_back(column.key);
    if (belongs(column, kind, first)) places[column.key].push_back(i);
  }
  for (const PivotRow& row : pivot.rows) {
    out.rows.push_back(row.key);
    std::vector<MatrixCell>& cells = out.cells.emplace_back();
    for (const Key& key : out.columns) {
      MatrixCell& cell = cells.emplace_back();
      for (const size_t place : places[key]) {
        cell = cell_of(row.cells[place], kind.metric);
        cell.stale = kind.metric != "seeds" && !pivot.changed(row.cells[place]).empty();
        out.widest = std::max(out.widest, row.cells[place].statistic.half_width.value_or(0));
        if (cell.value) break;
      }
    }
    if (pivot.average) out.averages.push_back(average_of(cells));
  }
  return out;
}

}  // namespace

std::optional<std::pair<double, double>> Matrix::range() const {
  std::optional<std::pair<double, double>> out;
  for (const auto& row : cells) {
    for (const MatrixCell& cell : row) {
      if (!cell.value) continue;
      if (!out) out = {*cell.value, *cell.value};
      out->first = std::min(out->first, *cell.value);
      out->second = std::max(out->second, *cell.value);
    }
  }
  return out;
}

std::vector<Matrix> matrices_of(const Pivot& pivot) {
  std::vector<Matrix> out;
  for (const PivotColumn& kind : kinds_of(pivot)) {
    const bool first = std::ranges::none_of(
        out, [&](const Matrix& matrix) { return matrix.column.metric == kind.metric; });
    out.push_back(matrix_of(pivot, kind, first));
  }
  return out;
}

Matrix published_matrix(const Pivot& pivot, const Matrix& ours) {
  Matrix out = ours;
  out.column = {pivot.published->text("metric"), "", false, pivot.published->text("unit"), {}};
  out.widest = 0;
  out.averages.clear();
  for (size_t i = 0; i < out.rows.size(); ++i) {
    for (size_t j = 0; j < out.columns.size(); ++j) {
      const auto figure = pivot.published_at(out.rows[i], out.columns[j]);
      out.cells[i][j] = {figure.value, figure.words, figure.rows > 0};
    }
    if (!pivot.average) continue;
    MatrixAverage average = average_of(out.cells[i]);
    const Key printed(pivot.column_names.size(), "average");
    const auto figure = pivot.published_at(out.rows[i], printed);
    if (figure.value) average = {figure.value, false};
    out.averages.push_back(average);
  }
  return out;
}

RankCorrelation rank_correlation(const Matrix& ours, const Matrix& published) {
  RankCorrelation out;
  std::vector<double> a;
  std::vector<double> b;
  for (size_t i = 0; i < ours.rows.size(); ++i) {
    for (size_t j = 0; j < ours.columns.size(); ++j) {
      const bool on_diagonal = ours.rows[i] == ours.columns[j];
      out.diagonal = out.diagonal || on_diagonal;
      if (on_diagonal || !ours.cells[i][j].value || !published.cells[i][j].value) continue;
      a.push_back(*ours.cells[i][j].value);
      b.push_back(*published.cells[i][j].value);
    }
  }
  out.cells = a.size();
  out.coefficient = spearman(a, b);
  return out;
}

}  // namespace sslx::record
