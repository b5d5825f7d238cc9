// A pivot's cells in words: the labels of its columns and its figures with sensible digits.
#pragma once

#include <string>

#include "cli/table.h"
#include "host/record/pivot.h"

namespace sslx::cli {

/// "0.5 kNN top-1 % @1a2b3c4d": what the column holds, its key when the table has columns, and its
/// protocol when the table has several of one metric.
std::string column_label(const record::Pivot& pivot, const record::PivotColumn& column);

/// "0.5": the part of it that is the column's key; "" without one.
std::string key_label(const record::Pivot& pivot, const std::vector<std::string>& key);

/// "kNN top-1 %"
std::string metric_label(const record::PivotColumn& column);

/// Whether it is what a training took: images a second, memory, seconds.
bool is_of_machine(const record::PivotColumn& column);

/// "variant", "temperature": the last part of a path.
std::string short_name(const std::string& path);

/// Mean, with its half-width where there is one; "-" without a value, "" where nothing is planned.
TableCell shown_cell(const record::PivotColumn& column, const record::PivotCell& cell);

/// One number with the digits that its metric deserves.
std::string shown_figure(const record::PivotColumn& column, double value);

/// Whether what made one of the cell's figures has changed since; how many seeds there are is said
/// by none of them.
bool is_stale(const record::Pivot& pivot, const record::PivotColumn& column,
              const record::PivotCell& cell);

/// The table as it is drawn, with the published figures beside the metric that they are of.
Table table_of(const record::Pivot& pivot);

/// "1.5 GiB", "310 MiB"
std::string shown_bytes(double bytes);

/// The beginning of a digest by which a person tells two apart.
std::string short_digest(const std::string& digest);

}  // namespace sslx::cli
