#include "host/record/sweep_part.h"

#include "host/record/database.h"
#include "host/record/merge.h"
#include "host/record/sql.h"
#include "host/record/sweeps.h"

namespace sslx::record {
namespace {

template <typename Take>
void each(Connection& handle, const char* sql, Take take) {
  SQLite::Statement row(handle, sql);
  while (row.executeStep()) take(row);
}

/// Of what the copy has left.
SweepPart read_part(Connection& handle) {
  SweepPart out;
  const auto text = [](SQLite::Statement& row, int column = 0) {
    return row.getColumn(column).getString();
  };
  each(handle, "SELECT id, directory FROM run ORDER BY id", [&](SQLite::Statement& row) {
    out.runs.push_back({text(row), text(row, 1)});
  });
  each(handle, "SELECT number, text FROM plan WHERE joined = 0",
       [&](SQLite::Statement& row) { out.texts[row.getColumn(0).getInt64()] = text(row, 1); });
  each(handle, "SELECT DISTINCT sha256 FROM run_plugin",
       [&](SQLite::Statement& row) { out.plugins.insert(text(row)); });
  each(handle,
       "SELECT DISTINCT json_extract(config, '$.backbone.weights') FROM trial "
       "WHERE coalesce(json_extract(config, '$.backbone.weights'), '') != ''",
       [&](SQLite::Statement& row) { out.weights.insert(text(row)); });
  return out;
}

}  // namespace

SweepPart keep_sweep(const std::filesystem::path& copy, const std::string& sweep) {
  std::set<std::string> runs;
  {
    Database database(copy, Access::kRead);
    static_cast<void>(list_plans(database, sweep));
    database.write([&](Connection& handle) {
      run_sql(handle, "DELETE FROM plan WHERE sweep != ?", sweep);
      each(handle,
           "SELECT id FROM run WHERE state != 'running' AND trial IN "
           "(SELECT trial FROM plan_trial)",
           [&](SQLite::Statement& row) { runs.insert(row.getColumn(0).getString()); });
      // Verdicts on other runs stay behind; keep_runs() leaves all.
      handle.exec(
          "DELETE FROM reproduction WHERE run NOT IN (SELECT id FROM run WHERE trial IN "
          "(SELECT trial FROM plan_trial)); DELETE FROM about");
    });
  }
  keep_runs(copy, runs);
  SweepPart out;
  Database database(copy, Access::kRead);
  database.read([&](Connection& handle) { out = read_part(handle); });
  return out;
}

}  // namespace sslx::record
