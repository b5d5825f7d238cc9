#include <fmt/format.h>

#include <map>

#include "host/record/journal_lines.h"
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
void each_row(Connection& handle, const std::string& sql, const std::string& run, Take take) {
  SQLite::Statement rows(handle, sql);
  rows.bind(1, run);
  while (rows.executeStep()) take(rows);
}

double number_or_nan(const SQLite::Column& column) {
  return column.isNull() ? std::nan("") : column.getDouble();
}

void read_facts(Connection& handle, const std::string& run, RunDetails& out) {
  each_row(handle,
           fmt::format("SELECT {} FROM run r JOIN trial t ON t.identity = r.trial WHERE r.id = ?",
                       kRunColumns),
           run, [&](SQLite::Statement& row) { out.summary = run_row(row); });
  each_row(handle, "SELECT t.config FROM run r JOIN trial t ON t.identity = r.trial WHERE r.id = ?",
           run,
           [&](SQLite::Statement& row) { out.config = json::parse(row.getColumn(0).getString()); });
  each_row(handle, "SELECT * FROM v_runs WHERE run = ?", run, [&](SQLite::Statement& row) {
    for (int i = 0; i < row.getColumnCount(); ++i) {
      json& fact = out.facts[row.getColumnName(i)];
      fact = column_json(row.getColumn(i));
      const std::string name = row.getColumnName(i);
      const bool table = name == "environment" || name == "determinism";
      if (table && fact.is_string()) fact = json::parse(fact.get<std::string>());
    }
  });
  if (const json load = read_load(handle, run); !load.empty()) out.facts["load"] = load;
}

const char* const kMetrics = R"sql(
SELECT name, count(*),
  (SELECT value FROM metric f WHERE f.run = m.run AND f.name = m.name ORDER BY line LIMIT 1),
  (SELECT value FROM metric l WHERE l.run = m.run AND l.name = m.name ORDER BY line DESC LIMIT 1)
FROM metric m WHERE run = ? GROUP BY name ORDER BY name)sql";

void read_stages(Connection& handle, const std::string& run, RunDetails& out) {
  std::map<std::string, std::string> taken;
  each_row(handle, "SELECT event, json FROM event WHERE run = ? ORDER BY line", run,
           [&](SQLite::Statement& row) {
             const std::string event = row.getColumn(0).getString();
             if (event != "stage" && event != "resumed") return;
             const json line = json::parse(row.getColumn(1).getString());
             const std::string name = text_or(line, "stage");
             if (event == "resumed") {
               // One within a stage, which has a step, finished it itself.
               if (!line.contains("step")) taken[name] = text_or(line, "run");
             } else {
               out.stages.push_back(
                   {name, text_or(line, "file"), text_or(line, "weights_sha256"), taken[name]});
             }
           });
}

void read_plans(Connection& handle, const std::string& run, RunDetails& out) {
  each_row(handle,
           "SELECT DISTINCT p.sweep, p.number, p.file, p.digest FROM plan p JOIN plan_trial pt "
           "ON pt.plan = p.id JOIN run r ON r.trial = pt.trial WHERE r.id = ? "
           "ORDER BY p.sweep != r.sweep, p.sweep, p.number",
           run, [&](SQLite::Statement& row) {
             out.plans.push_back({row.getColumn(0).getString(), row.getColumn(1).getInt64(),
                                  row.getColumn(2).getString(), row.getColumn(3).getString()});
           });
}

void read_origin(Connection& handle, const std::string& run, RunDetails& out) {
  read_stages(handle, run, out);
  read_plans(handle, run, out);
  each_row(
      handle,
      "SELECT r.data_state, coalesce(d.bytes, 0), r.log IS NOT NULL, r.evaluation_data FROM run r "
      "LEFT JOIN source_difference d ON d.sha256 = r.difference WHERE r.id = ?",
      run, [&](SQLite::Statement& row) {
        out.data_state = row.getColumn(0).getString();
        out.difference_bytes = row.getColumn(1).getInt64();
        out.has_log = row.getColumn(2).getInt() != 0;
        out.evaluation_data = nlohmann::json::parse(row.getColumn(3).getString());
      });
  each_row(handle,
           "SELECT time, host, verdict, message, id FROM reproduction WHERE run = ? "
           "ORDER BY time DESC, id DESC LIMIT 1",
           run, [&](SQLite::Statement& row) {
             out.verdict = Verdict{.id = row.getColumn(4).getString(),
                                   .run = run,
                                   .verdict = row.getColumn(2).getString(),
                                   .message = row.getColumn(3).getString(),
                                   .host = row.getColumn(1).getString(),
                                   .time = row.getColumn(0).getString()};
           });
}

}  // namespace

RunDetails run_details(Database& database, const std::string& run) {
  RunDetails out;
  database.read([&](Connection& handle) {
    read_facts(handle, run, out);
    read_origin(handle, run, out);
    each_row(handle,
             "SELECT kind, name, version, sha256, compiler FROM run_plugin WHERE run = ? "
             "ORDER BY 1, 2",
             run, [&](SQLite::Statement& row) {
               out.plugins.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(),
                                      row.getColumn(2).getString(), row.getColumn(3).getString(),
                                      row.getColumn(4).getString()});
             });
    each_row(handle, kMetrics, run, [&](SQLite::Statement& row) {
      out.metrics.push_back({row.getColumn(0).getString(), row.getColumn(1).getInt64(),
                             number_or_nan(row.getColumn(2)), number_or_nan(row.getColumn(3))});
    });
    each_row(handle,
             "SELECT metric, value, unit, protocol, json, coalesce(length(predictions), 0), line "
             "FROM result JOIN protocol ON fingerprint = protocol WHERE run = ? ORDER BY line",
             run, [&](SQLite::Statement& row) {
               out.results.push_back({row.getColumn(0).getString(), number_or_nan(row.getColumn(1)),
                                      row.getColumn(2).getString(), row.getColumn(3).getString(),
                                      json::parse(row.getColumn(4).getString()),
                                      row.getColumn(5).getInt64(), row.getColumn(6).getInt64()});
             });
    each_row(handle, "SELECT message FROM v_warnings WHERE run = ? ORDER BY time", run,
             [&](SQLite::Statement& row) { out.warnings.push_back(row.getColumn(0).getString()); });
  });
  return out;
}

}  // namespace sslx::record
