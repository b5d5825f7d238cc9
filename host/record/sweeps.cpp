#include "host/record/sweeps.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sslx/digest.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <chrono>
#include <set>

#include "host/record/sql.h"
#include "host/record/trial_row.h"

namespace sslx::record {
namespace {

using nlohmann::json;

const char* const kUpsertSweep =
    "INSERT INTO sweep (name, title, file, text, digest, layout, planned, created, updated) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT (name) DO UPDATE SET title = ?2, "
    "file = ?3, text = ?4, digest = ?5, layout = ?6, planned = ?7, updated = ?8";

/// A trial counts as done when a final run was made by the build of its newest run.
const char* const kListSweeps = R"sql(
WITH newest AS (
  SELECT trial, provenance, max(started) FROM run GROUP BY trial
), done AS (
  SELECT DISTINCT r.trial FROM run r JOIN newest n USING (trial, provenance)
  WHERE r.state IN ('completed', 'collapsed')
)
SELECT s.name, s.title, s.file, s.planned,
       (SELECT count(DISTINCT st.trial) FROM sweep_trial st JOIN done d ON d.trial = st.trial
        WHERE st.sweep = s.id),
       (SELECT max(r.started) FROM sweep_trial st JOIN run r ON r.trial = st.trial
        WHERE st.sweep = s.id)
FROM sweep s ORDER BY s.name)sql";

void put_plan(SQLite::Database& handle, const SweepDefinition& sweep) {
  SQLite::Statement find(handle, "SELECT id FROM sweep WHERE name = ?");
  find.bind(1, sweep.name);
  find.executeStep();
  const int64_t id = find.getColumn(0).getInt64();
  run_sql(handle, "DELETE FROM sweep_trial WHERE sweep = ?", id);
  SQLite::Statement insert(
      handle,
      "INSERT INTO sweep_trial (sweep, place, trial, variant, axes) VALUES (?, ?, ?, ?, ?)");
  int64_t place = 0;
  for (const PlannedTrial& trial : sweep.trials) {
    put_trial(handle, trial.identity, trial.config, trial.seed);
    run_prepared(insert, id, place++, trial.identity, trial.variant, trial.axes);
  }
}

Error unknown_sweep(SQLite::Database& handle, const std::string& name) {
  std::vector<std::string> names;
  SQLite::Statement all(handle, "SELECT name FROM sweep ORDER BY name");
  while (all.executeStep()) names.push_back(all.getColumn(0).getString());
  const std::string nearest = nearest_word(name, names);
  const std::string guess = nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
  return input_error(fmt::format("there is no sweep '{}' in the record{}", name, guess),
                     names.empty() ? "`sslx sweep FILE` runs one" : "`sslx report` lists them");
}

void read_plan(SQLite::Database& handle, SweepDefinition& sweep) {
  SQLite::Statement rows(
      handle,
      "SELECT st.trial, t.config, t.seed, st.variant, st.axes FROM sweep_trial st "
      "JOIN sweep s ON s.id = st.sweep JOIN trial t ON t.identity = st.trial "
      "WHERE s.name = ? ORDER BY st.place");
  rows.bind(1, sweep.name);
  while (rows.executeStep()) {
    sweep.trials.push_back(
        {rows.getColumn(0).getString(), json::parse(rows.getColumn(1).getString()),
         static_cast<uint64_t>(rows.getColumn(2).getInt64()), rows.getColumn(3).getString(),
         json::parse(rows.getColumn(4).getString())});
  }
}

}  // namespace

std::string utc_timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - whole).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), ms);
}

void put_trial(SQLite::Database& handle, const std::string& identity, const json& config,
               uint64_t seed) {
  const auto text = [&](const char* pointer) {
    const json::json_pointer at(pointer);
    return config.contains(at) && config[at].is_string() ? config[at].get<std::string>()
                                                         : std::string();
  };
  run_sql(handle,
          "INSERT INTO trial (identity, config, config_digest, seed, data, data_fingerprint, "
          "method, backbone, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (identity) DO NOTHING",
          identity, config, sha256_hex(text_of(config)), static_cast<int64_t>(seed),
          text("/data/name"), text("/data/fingerprint"), text("/method/name"),
          text("/backbone/name"), utc_timestamp());
}

void register_sweep(Database& database, const SweepDefinition& sweep) {
  std::set<std::string> distinct;
  for (const PlannedTrial& trial : sweep.trials) distinct.insert(trial.identity);
  database.write([&](SQLite::Database& handle) {
    run_sql(handle, kUpsertSweep, sweep.name, sweep.title, sweep.file, sweep.text,
            sha256_hex(sweep.text), sweep.table, static_cast<int64_t>(distinct.size()),
            utc_timestamp());
    put_plan(handle, sweep);
  });
}

std::vector<SweepSummary> list_sweeps(Database& database) {
  std::vector<SweepSummary> out;
  database.read([&](SQLite::Database& handle) {
    SQLite::Statement rows(handle, kListSweeps);
    while (rows.executeStep()) {
      out.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString(),
                     rows.getColumn(2).getString(), rows.getColumn(4).getInt64(),
                     rows.getColumn(3).getInt64(), rows.getColumn(5).getString()});
    }
  });
  return out;
}

SweepDefinition find_sweep(Database& database, const std::string& name) {
  SweepDefinition out;
  database.read([&](SQLite::Database& handle) {
    SQLite::Statement row(handle, "SELECT title, file, text, layout FROM sweep WHERE name = ?");
    row.bind(1, name);
    if (!row.executeStep()) throw unknown_sweep(handle, name);
    out = {name,
           row.getColumn(0).getString(),
           row.getColumn(1).getString(),
           row.getColumn(2).getString(),
           json::parse(row.getColumn(3).getString()),
           {}};
    read_plan(handle, out);
  });
  return out;
}

}  // namespace sslx::record
