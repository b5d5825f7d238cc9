#include <fmt/format.h>

#include "host/record/load.h"
#include "host/record/run_row.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

using nlohmann::json;

json column_json(const SQLite::Column& column) {
  if (column.isNull()) return nullptr;
  if (column.isInteger()) return column.getInt64();
  if (column.isFloat()) return column.getDouble();
  return column.getString();
}

/// Runs a query about one run and hands each row on.
template <typename Take>
void each_row(SQLite::Database& handle, const std::string& sql, const std::string& run, Take take) {
  SQLite::Statement rows(handle, sql);
  rows.bind(1, run);
  while (rows.executeStep()) take(rows);
}

double number_or_nan(const SQLite::Column& column) {
  return column.isNull() ? std::nan("") : column.getDouble();
}

void read_facts(SQLite::Database& handle, const std::string& run, RunDetails& out) {
  each_row(handle,
           fmt::format("SELECT {} FROM run r JOIN trial t ON t.identity = r.trial WHERE r.id = ?",
                       kRunColumns),
           run, [&](SQLite::Statement& row) { out.summary = run_row(row); });
  each_row(handle, "SELECT t.config FROM run r JOIN trial t ON t.identity = r.trial WHERE r.id = ?",
           run,
           [&](SQLite::Statement& row) { out.config = json::parse(row.getColumn(0).getString()); });
  each_row(handle, "SELECT * FROM v_runs WHERE run = ?", run, [&](SQLite::Statement& row) {
    for (int i = 0; i < row.getColumnCount(); ++i) {
      out.facts[row.getColumnName(i)] = column_json(row.getColumn(i));
    }
  });
  if (const json load = read_load(handle, run); !load.empty()) out.facts["load"] = load;
}

const char* const kMetrics = R"sql(
SELECT name, count(*),
  (SELECT value FROM metric f WHERE f.run = m.run AND f.name = m.name ORDER BY line LIMIT 1),
  (SELECT value FROM metric l WHERE l.run = m.run AND l.name = m.name ORDER BY line DESC LIMIT 1)
FROM metric m WHERE run = ? GROUP BY name ORDER BY name)sql";

}  // namespace

RunDetails run_details(Database& database, const std::string& run) {
  RunDetails out;
  database.read([&](SQLite::Database& handle) {
    read_facts(handle, run, out);
    each_row(handle,
             "SELECT kind, name, version, sha256 FROM run_plugin WHERE run = ? ORDER BY 1, 2", run,
             [&](SQLite::Statement& row) {
               out.plugins.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(),
                                      row.getColumn(2).getString(), row.getColumn(3).getString()});
             });
    each_row(handle, kMetrics, run, [&](SQLite::Statement& row) {
      out.metrics.push_back({row.getColumn(0).getString(), row.getColumn(1).getInt64(),
                             number_or_nan(row.getColumn(2)), number_or_nan(row.getColumn(3))});
    });
    each_row(handle,
             "SELECT metric, value, unit, protocol, json, coalesce(length(predictions), 0) "
             "FROM result JOIN protocol ON fingerprint = protocol WHERE run = ? ORDER BY line",
             run, [&](SQLite::Statement& row) {
               out.results.push_back({row.getColumn(0).getString(), number_or_nan(row.getColumn(1)),
                                      row.getColumn(2).getString(), row.getColumn(3).getString(),
                                      json::parse(row.getColumn(4).getString()),
                                      row.getColumn(5).getInt64()});
             });
    each_row(handle, "SELECT message FROM v_warnings WHERE run = ? ORDER BY time", run,
             [&](SQLite::Statement& row) { out.warnings.push_back(row.getColumn(0).getString()); });
  });
  return out;
}

}  // namespace sslx::record
