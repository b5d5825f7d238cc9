#include "host/record/plan_row.h"

#include <sslx/detail/digest.h>

#include <set>

#include "host/record/journal_lines.h"
#include "host/record/sql.h"
#include "host/record/sweeps.h"
#include "host/record/trial_row.h"

namespace sslx::record {
namespace {

using nlohmann::json;

const char* const kInsertPlan =
    "INSERT INTO plan (id, sweep, number, title, file, text, digest, options, command, folder, "
    "layout, planned, used, created, updated) VALUES (?12, ?1, "
    "coalesce(?13, (SELECT coalesce(max(number), 0) + 1 FROM plan WHERE sweep = ?1)), ?2, ?3, ?4, "
    "?5, ?6, ?7, ?8, ?9, ?10, (SELECT coalesce(max(used), 0) + 1 FROM plan), ?11, ?11)";

const char* const kUsePlan =
    "UPDATE plan SET title = ?2, file = ?3, options = ?4, command = ?5, folder = ?6, layout = ?7, "
    "used = coalesce(?9, (SELECT max(used) + 1 FROM plan)), updated = ?8, joined = 0 WHERE id = ?1";

bool has_trials(Connection& handle, int64_t plan, const std::vector<PlannedTrial>& trials) {
  SQLite::Statement rows(
      handle, "SELECT trial, variant, axes FROM plan_trial WHERE plan = ? ORDER BY place");
  rows.bind(1, plan);
  for (const PlannedTrial& trial : trials) {
    if (!rows.executeStep() || rows.getColumn(0).getString() != trial.identity ||
        rows.getColumn(1).getString() != trial.variant ||
        rows.getColumn(2).getString() != text_of(trial.axes)) {
      return false;
    }
  }
  return !rows.executeStep();
}

std::optional<int64_t> whole(const json& event, const char* key) {
  const auto at = event.find(key);
  return at != event.end() && at->is_number_integer() ? std::optional(at->get<int64_t>())
                                                      : std::nullopt;
}

/// The number of an adopted plan, unless another has it.
std::optional<int64_t> free_number(Connection& handle, const char* sql,
                                   std::optional<int64_t> wanted, const std::string& sweep) {
  SQLite::Statement row(handle, sql);
  if (!wanted) return wanted;
  row.bind(1, *wanted);
  if (row.getBindParameterCount() > 1) row.bind(2, sweep);
  return row.executeStep() ? std::nullopt : wanted;
}

/// NULL for a plan from before they were recorded.
std::optional<std::string> options_of(const SweepDefinition& sweep, const json& event) {
  if (event.contains("options") && event["options"].is_null()) return std::nullopt;
  return text_of(sweep.options);
}

int64_t add_plan(Connection& handle, const SweepDefinition& sweep, const json& event) {
  const std::string time = text_or(event, event.contains("created") ? "created" : "time");
  std::set<std::string> distinct;
  for (const PlannedTrial& trial : sweep.trials) distinct.insert(trial.identity);
  run_sql(handle, kInsertPlan, sweep.name, sweep.title, sweep.file, sweep.text,
          sha256_hex(sweep.text), options_of(sweep, event), sweep.command, sweep.folder,
          sweep.table, static_cast<int64_t>(distinct.size()), time,
          free_number(handle, "SELECT 1 FROM plan WHERE id = ?1", whole(event, "id"), ""),
          free_number(handle, "SELECT 1 FROM plan WHERE number = ?1 AND sweep = ?2",
                      whole(event, "number"), sweep.name));
  const int64_t id = handle.getLastInsertRowid();
  SQLite::Statement insert(
      handle, "INSERT INTO plan_trial (plan, place, trial, variant, axes) VALUES (?, ?, ?, ?, ?)");
  int64_t place = 0;
  for (const PlannedTrial& trial : sweep.trials) {
    put_trial(handle, trial.identity, trial.config, trial.seed, time);
    run_prepared(insert, id, place++, trial.identity, trial.variant, trial.axes);
  }
  return id;
}

}  // namespace

int64_t same_plan(Connection& handle, const SweepDefinition& sweep) {
  SQLite::Statement rows(handle,
                         "SELECT id FROM plan WHERE sweep = ? AND digest = ? AND "
                         "(options IS NULL OR options = ?) ORDER BY options IS NULL, used DESC");
  bind_all(rows, sweep.name, sha256_hex(sweep.text), json(sweep.options));
  while (rows.executeStep()) {
    const int64_t id = rows.getColumn(0).getInt64();
    if (has_trials(handle, id, sweep.trials)) return id;
  }
  return 0;
}

void put_plan(Connection& handle, const SweepDefinition& sweep, const json& event) {
  const int64_t known = same_plan(handle, sweep);
  const int64_t id = known != 0 ? known : add_plan(handle, sweep, event);
  run_sql(handle, kUsePlan, id, sweep.title, sweep.file, options_of(sweep, event), sweep.command,
          sweep.folder, sweep.table, text_or(event, event.contains("updated") ? "updated" : "time"),
          whole(event, "used"));
}

}  // namespace sslx::record
