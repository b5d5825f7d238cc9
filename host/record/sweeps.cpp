#include "host/record/sweeps.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <chrono>

#include "host/record/builds.h"
#include "host/record/plan_journal.h"
#include "host/record/plan_row.h"
#include "host/record/record_journal.h"
#include "host/record/sql.h"
#include "host/record/take_in.h"

namespace sslx::record {
namespace {

using nlohmann::json;

const char* const kPlanColumns = "id, number, file, digest, options, updated, folder";

PlanSummary plan_row(SQLite::Statement& row) {
  const SQLite::Column options = row.getColumn(4);
  return {row.getColumn(0).getInt64(),
          row.getColumn(1).getInt64(),
          row.getColumn(2).getString(),
          row.getColumn(3).getString(),
          options.isNull() ? std::vector<std::string>()
                           : json::parse(options.getString()).get<std::vector<std::string>>(),
          row.getColumn(5).getString(),
          row.getColumn(6).getString()};
}

std::vector<PlanSummary> plans_of(Connection& handle, const std::string& name) {
  std::vector<PlanSummary> out;
  SQLite::Statement rows(handle, fmt::format("SELECT {} FROM plan WHERE sweep = ? "
                                             "ORDER BY used DESC",
                                             kPlanColumns));
  rows.bind(1, name);
  while (rows.executeStep()) out.push_back(plan_row(rows));
  return out;
}

Error unknown_sweep(Connection& handle, const std::string& name) {
  std::vector<std::string> names;
  SQLite::Statement all(handle, "SELECT DISTINCT sweep FROM plan ORDER BY sweep");
  while (all.executeStep()) names.push_back(all.getColumn(0).getString());
  const std::string nearest = nearest_word(name, names);
  const std::string guess = nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
  return input_error(fmt::format("there is no sweep '{}' in the record{}", name, guess),
                     names.empty() ? "`sslx sweep FILE` runs one" : "`sslx report` lists them");
}

std::vector<PlannedTrial> trials_of(Connection& handle, int64_t plan) {
  std::vector<PlannedTrial> out;
  SQLite::Statement rows(handle,
                         "SELECT pt.trial, t.config, t.seed, pt.variant, pt.axes "
                         "FROM plan_trial pt JOIN trial t ON t.identity = pt.trial "
                         "WHERE pt.plan = ? ORDER BY pt.place");
  rows.bind(1, plan);
  while (rows.executeStep()) {
    out.push_back({rows.getColumn(0).getString(), json::parse(rows.getColumn(1).getString()),
                   static_cast<uint64_t>(rows.getColumn(2).getInt64()),
                   rows.getColumn(3).getString(), json::parse(rows.getColumn(4).getString()), ""});
  }
  return out;
}

}  // namespace

std::string utc_timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - whole).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), ms);
}

std::string PlanSummary::place() const {
  return (std::filesystem::path(folder) / file).lexically_normal().string();
}

Registered register_sweep(Database& database, const SweepDefinition& sweep) {
  const std::string text = definition_text(sweep);
  const std::string digest = keep_definition(database.runs(), text);
  adopt_plans(database);  // before this one's line
  append_event(database.runs(), "plan", plan_event(sweep, digest));
  const std::vector<std::string> notes = take_in_events(database, {digest, &sweep});
  Registered out;
  int64_t own = 0;
  database.read([&](Connection& handle) {
    out.others = plans_of(handle, sweep.name);
    own = same_plan(handle, sweep);
  });
  // Another command may have registered one of the same name since.
  const auto found = std::ranges::find(out.others, own, &PlanSummary::id);
  if (found == out.others.end()) {
    throw Error(ErrorKind::kSystem, fmt::format("the plan of sweep '{}' could not be recorded: {}",
                                                sweep.name, fmt::join(notes, "; ")));
  }
  out.plan = *found;
  out.others.erase(found);
  return out;
}

std::vector<SweepSummary> list_sweeps(Database& database) {
  std::vector<SweepSummary> out;
  database.read([&](Connection& handle) {
    SQLite::Statement rows(handle,
                           "SELECT sweep, title, file, id, count(*) OVER (PARTITION BY sweep), "
                           "used = max(used) OVER (PARTITION BY sweep) FROM plan ORDER BY sweep");
    while (rows.executeStep()) {
      if (rows.getColumn(5).getInt() == 0) continue;
      const PlanBuilds builds = builds_of_plan(handle, rows.getColumn(3).getInt64());
      const Build* shown = builds.newest_complete();
      out.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString(),
                     rows.getColumn(2).getString(),
                     shown == nullptr ? 0 : static_cast<int64_t>(shown->done.size()),
                     static_cast<int64_t>(builds.planned), builds.last_run,
                     rows.getColumn(4).getInt64()});
    }
  });
  return out;
}

std::vector<PlanSummary> list_plans(Database& database, const std::string& name) {
  std::vector<PlanSummary> out;
  database.read([&](Connection& handle) {
    out = plans_of(handle, name);
    if (out.empty()) throw unknown_sweep(handle, name);
  });
  return out;
}

PlanSummary find_plan(Database& database, const std::string& name, int64_t number) {
  const std::vector<PlanSummary> plans = list_plans(database, name);
  if (number == 0) return plans.front();
  const auto found = std::ranges::find(plans, number, &PlanSummary::number);
  if (found != plans.end()) return *found;
  throw input_error(
      fmt::format("the sweep '{}' has no plan {}; it has 1 to {}", name, number, plans.size()),
      fmt::format("`sslx report {}` names them", name));
}

SweepDefinition read_plan(Database& database, const std::string& name, const PlanSummary& plan) {
  SweepDefinition out;
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle,
                          "SELECT title, file, text, layout, command, folder FROM plan "
                          "WHERE id = ?");
    row.bind(1, plan.id);
    row.executeStep();
    out = {name,
           row.getColumn(0).getString(),
           row.getColumn(1).getString(),
           row.getColumn(2).getString(),
           json::parse(row.getColumn(3).getString()),
           trials_of(handle, plan.id),
           plan.options,
           row.getColumn(4).getString(),
           row.getColumn(5).getString()};
  });
  return out;
}

}  // namespace sslx::record
