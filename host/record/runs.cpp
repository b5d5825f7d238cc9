#include "host/record/runs.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>

#include "host/record/record_journal.h"
#include "host/record/run_row.h"
#include "host/record/sql.h"
#include "host/record/take_in.h"

namespace sslx::record {

using nlohmann::json;

const char* const kRunColumns =
    "r.id, r.trial, r.sweep, r.variant, r.axes, t.seed, r.attempt, r.state, r.message, r.started, "
    "coalesce(r.seconds, 0), r.directory, coalesce(r.earlier_seconds, 0)";

RunSummary run_row(SQLite::Statement& row) {
  return {row.getColumn(0).getString(),
          row.getColumn(1).getString(),
          row.getColumn(2).getString(),
          row.getColumn(3).getString(),
          json::parse(row.getColumn(4).getText()),
          static_cast<uint64_t>(row.getColumn(5).getInt64()),
          row.getColumn(6).getInt64(),
          row.getColumn(7).getString(),
          row.getColumn(8).getString(),
          row.getColumn(9).getString(),
          row.getColumn(10).getDouble(),
          row.getColumn(11).getString(),
          row.getColumn(12).getDouble()};
}

std::string provenance_of(const std::vector<PluginUse>& plugins, const std::string& host_sha256) {
  std::vector<std::string> lines;
  lines.reserve(plugins.size());
  for (const PluginUse& plugin : plugins) {
    lines.push_back(fmt::format("{} {} {}\n", plugin.kind, plugin.name, plugin.sha256));
  }
  std::ranges::sort(lines);
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return sha256_hex(fmt::format("{}host {}\n", fmt::join(lines, ""), host_sha256));
}

namespace {

/// Whether no plugin of these was another file in that run. Some of either may be used for the
/// evaluation alone.
bool has_plugins(Connection& handle, const std::string& run,
                 const std::vector<PluginUse>& plugins) {
  SQLite::Statement row(handle, "SELECT kind, name, sha256 FROM run_plugin WHERE run = ?");
  row.bind(1, run);
  while (row.executeStep()) {
    for (const PluginUse& plugin : plugins) {
      if (plugin.kind == row.getColumn(0).getString() &&
          plugin.name == row.getColumn(1).getString() &&
          plugin.sha256 != row.getColumn(2).getString()) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

std::string final_state(Database& database, const std::string& trial,
                        const std::vector<PluginUse>& plugins, const std::string& host_sha256) {
  std::string state;
  const std::string provenance = provenance_of(plugins, host_sha256);
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle,
                          "SELECT state FROM run WHERE trial = ? AND provenance = ? "
                          "AND state IN ('completed', 'collapsed', 'diverged') "
                          "ORDER BY started DESC, id DESC LIMIT 1");
    bind_all(row, trial, provenance);
    if (row.executeStep()) state = row.getColumn(0).getString();
  });
  return state;
}

std::string final_state_by_any(Database& database, const std::string& trial) {
  std::string state;
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle,
                          "SELECT state FROM run WHERE trial = ? AND state IN ('completed', "
                          "'collapsed', 'diverged') ORDER BY started DESC, id DESC LIMIT 1");
    row.bind(1, trial);
    if (row.executeStep()) state = row.getColumn(0).getString();
  });
  return state;
}

std::vector<EarlierRun> earlier_runs(Database& database, const std::string& trial,
                                     const std::string& training,
                                     const std::vector<PluginUse>& plugins,
                                     const std::string& host_sha256) {
  std::vector<EarlierRun> out;
  const std::string provenance = provenance_of(plugins, host_sha256);
  database.read([&](Connection& handle) {
    SQLite::Statement row(
        handle,
        "SELECT r.directory, r.id, r.trial = ?1 AND r.provenance = ?2, r.trial = ?1 "
        "FROM run r JOIN trial t ON t.identity = r.trial WHERE t.training = ?3 "
        "AND r.host_sha256 = ?4 AND r.state != 'running' ORDER BY r.started DESC, r.id DESC");
    bind_all(row, trial, provenance, training, host_sha256);
    while (row.executeStep()) {
      const bool same = row.getColumn(2).getInt() != 0;
      if (!same && row.getColumn(3).getInt() != 0) continue;  // the trial by other plugins
      if (same || has_plugins(handle, row.getColumn(1).getString(), plugins)) {
        out.push_back({row.getColumn(0).getString(), same});
      }
    }
  });
  std::stable_partition(out.begin(), out.end(),
                        [](const EarlierRun& run) { return run.same_trial; });
  return out;
}

const std::vector<std::string>& run_states() {
  static const std::vector<std::string> states{"running",   "completed",   "failed",  "diverged",
                                               "collapsed", "interrupted", "timeout", "crashed",
                                               "lost",      "superseded"};
  return states;
}

namespace {

void check_state(const std::string& state) {
  if (std::ranges::count(run_states(), state) > 0) return;
  throw input_error(fmt::format("there is no run state '{}'; it must be one of {}", state,
                                fmt::join(run_states(), ", ")));
}

}  // namespace

void each_run(Database& database, const std::string& sweep, const std::vector<std::string>& states,
              const std::function<void(RunSummary)>& visit) {
  std::ranges::for_each(states, check_state);
  const std::string wanted =
      states.empty() ? "" : fmt::format("AND r.state IN ('{}') ", fmt::join(states, "', '"));
  database.read([&](Connection& handle) {
    SQLite::Statement rows(
        handle, fmt::format("SELECT {} FROM run r JOIN trial t INDEXED BY trial_seed "
                            "ON t.identity = r.trial WHERE (?1 = '' OR r.sweep = ?1 OR r.trial IN "
                            "(SELECT pt.trial FROM "
                            "plan_trial pt JOIN plan p ON p.id = pt.plan WHERE p.sweep = ?1)) "
                            "{}ORDER BY r.started DESC, r.id DESC",
                            kRunColumns, wanted));
    rows.bind(1, sweep);
    while (rows.executeStep()) visit(run_row(rows));
  });
}

std::vector<RunSummary> list_runs(Database& database, const std::string& sweep,
                                  const std::string& state) {
  std::vector<RunSummary> out;
  const std::vector<std::string> states =
      state.empty() ? std::vector<std::string>() : std::vector{state};
  each_run(database, sweep, states, [&](RunSummary run) { out.push_back(std::move(run)); });
  return out;
}

std::map<std::string, int> threads_of_runs(Database& database) {
  std::map<std::string, int> out;
  database.read([&](Connection& handle) {
    SQLite::Statement rows(handle,
                           "SELECT id, threads FROM run WHERE state = 'completed' AND threads > 0");
    while (rows.executeStep()) out[rows.getColumn(0).getString()] = rows.getColumn(1).getInt();
  });
  return out;
}

bool end_running(Connection& handle, const std::string& run, const std::string& state,
                 const std::string& message, const std::string& time) {
  return run_sql(handle,
                 "UPDATE run SET state = ?2, message = ?3, finished = coalesce(finished, ?4) "
                 "WHERE id = ?1 AND state = 'running'",
                 run, state, message, time) > 0;
}

bool mark_run(Database& database, const std::string& run, const std::string& state,
              const std::string& message) {
  const auto is_running = [&] {
    bool found = false;
    database.read([&](Connection& handle) {
      SQLite::Statement row(handle, "SELECT 1 FROM run WHERE id = ? AND state = 'running'");
      row.bind(1, run);
      found = row.executeStep();
    });
    return found;
  };
  if (!is_running()) return false;
  adopt_plans(database);
  append_event(database.runs(), "ended", {{"run", run}, {"state", state}, {"message", message}});
  take_in_events(database);
  return !is_running();
}

std::string find_run(Database& database, const std::string& prefix) {
  std::vector<std::string> found;
  database.read([&](Connection& handle) {
    SQLite::Statement rows(handle,
                           "SELECT id FROM run WHERE id BETWEEN ?1 AND ?1 || char(0x10ffff) "
                           "ORDER BY id LIMIT 4");
    rows.bind(1, prefix);
    while (rows.executeStep()) found.push_back(rows.getColumn(0).getString());
  });
  if (found.empty()) {
    throw input_error(fmt::format("there is no run '{}' in the record", prefix),
                      "`sslx runs` lists them");
  }
  if (found.size() > 1 && found.front() != prefix) {
    const bool more = found.size() > 3;
    found.resize(std::min<size_t>(found.size(), 3));
    throw input_error(fmt::format("'{}' begins more than one run: {}{}", prefix,
                                  fmt::join(found, ", "), more ? ", ..." : ""),
                      "give more of its digits");
  }
  return found.front();
}

}  // namespace sslx::record
