// `[table]` of a sweep file: what its table's rows, columns and figures are, whether it is drawn as
// a matrix, and which published figures stand beside ours. It says nothing about a trial, so it is
// no part of any identity. Errors are Error(kInput), "file:line: what; what would be right".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

/// `published = "id"`, or a table: { id = "...", keys = { ours = "theirs" }, values = { ours =
/// "theirs" }, select = { key = value } }.
struct PublishedChoice {
  std::string id;  ///< Empty: none.
  Config keys;     ///< Name of a row or column -> key of the published rows.
  Config values;   ///< Value of a row or column -> value there.
  Config select;   ///< Only published rows with these values.
  std::string origin;
};

struct TableLayout {
  std::vector<std::string> rows{"variant"};
  std::vector<std::string> columns;
  std::vector<std::string> metrics;
  std::map<std::string, std::string> origins;  ///< "file:line" of rows, columns and metrics.
  bool matrix = false;                         ///< style = "matrix": a heat map for each metric.
  bool average = false;                        ///< A matrix has a column with the mean of each row.
  nlohmann::json baseline;  ///< Values of the row that all others are compared with; null: none.
  std::string tuning;       ///< How the settings were found, for under the table.
  PublishedChoice published;
  nlohmann::json published_table;  ///< What was found for it; null: nothing, or none is asked for.

  /// As the record keeps it; what has its default is left out, but for the three lists.
  nlohmann::json recorded() const;
};

TableLayout read_table_layout(const Config& table);

}  // namespace sslx::sweep
