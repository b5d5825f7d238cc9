// A pivot as a matrix: one figure a cell, rows against columns, for one metric under one protocol;
// the published one of the same shape; and how well the two agree in order.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/record/pivot.h"

namespace sslx::record {

struct MatrixCell {
  std::optional<double> value;  ///< The mean over seeds.
  std::string words;            ///< In place of a published number.
  bool planned = false;
  bool stale = false;  ///< See Origin.
};

struct MatrixAverage {
  std::optional<double> value;
  bool partial = false;  ///< Cells of the row are missing.
  bool stale = false;    ///< One of them is.
};

struct Matrix {
  PivotColumn column;  ///< Metric, protocol and unit of all cells.
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<std::string>> columns;
  std::vector<std::vector<MatrixCell>> cells;
  std::vector<MatrixAverage> averages;                     ///< One a row, or none.
  double widest = 0;                                       ///< The greatest half-width over seeds.
  std::optional<std::pair<double, double>> range() const;  ///< Least and greatest cell.
};

/// One matrix for each metric and protocol, in the table's order.
std::vector<Matrix> matrices_of(const Pivot& pivot);

/// The published figures in the shape of `ours`. An average that the paper prints is taken as
/// printed, as a column "average".
Matrix published_matrix(const Pivot& pivot, const Matrix& ours);

/// Spearman's coefficient over the cells that both have, without those whose row is their column.
struct RankCorrelation {
  size_t cells = 0;
  bool diagonal = false;              ///< Cells were left out as lying on it.
  std::optional<double> coefficient;  ///< From three cells on, unless all of one side are equal.
};

RankCorrelation rank_correlation(const Matrix& ours, const Matrix& published);

}  // namespace sslx::record
