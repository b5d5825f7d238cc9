#include "host/record/take_in.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "host/record/journal_lines.h"
#include "host/record/plan_journal.h"
#include "host/record/plan_row.h"
#include "host/record/record_journal.h"
#include "host/record/runs.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// In the table `about`: how many bytes of record.jsonl were taken in; none: the file is new to it.
std::optional<int64_t> taken_in(SQLite::Database& handle) {
  SQLite::Statement row(handle, "SELECT value FROM about WHERE key = 'record_bytes'");
  return row.executeStep() ? std::optional<int64_t>(std::stoll(row.getColumn(0).getString()))
                           : std::nullopt;
}

void set_taken_in(SQLite::Database& handle, int64_t bytes) {
  run_sql(handle, "INSERT OR REPLACE INTO about (key, value) VALUES ('record_bytes', ?)",
          std::to_string(bytes));
}

void apply(SQLite::Database& handle, const fs::path& runs, const json& event,
           const KnownPlan& known) {
  const json& name = event.at("event");
  if (name == "plan" && known.sweep != nullptr && event.at("definition") == known.definition) {
    put_plan(handle, *known.sweep, event);
  } else if (name == "plan") {
    put_plan(handle, plan_of_event(runs, event), event);
  } else if (name == "ended") {
    end_running(handle, event.at("run"), event.at("state"), event.at("message"), event.at("time"));
  }
}

struct OldPlan {
  std::string name;
  PlanSummary plan;
  json fields;  ///< Of its row, beside what plan_event() has.
};

std::vector<OldPlan> old_plans(SQLite::Database& handle) {
  std::vector<OldPlan> out;
  SQLite::Statement row(handle,
                        "SELECT sweep, id, number, used, created, updated, options FROM plan "
                        "WHERE joined = 0 ORDER BY id");
  while (row.executeStep()) {
    OldPlan old{row.getColumn(0).getString(), {}, {}};
    old.plan.id = row.getColumn(1).getInt64();
    old.fields = {{"id", old.plan.id},
                  {"number", row.getColumn(2).getInt64()},
                  {"used", row.getColumn(3).getInt64()},
                  {"created", row.getColumn(4).getString()},
                  {"updated", row.getColumn(5).getString()}};
    old.fields["options"] =
        row.getColumn(6).isNull() ? json() : json::parse(row.getColumn(6).getString());
    out.push_back(std::move(old));
  }
  return out;
}

}  // namespace

std::vector<std::string> take_in_events(Database& database, const KnownPlan& known) {
  const fs::path runs = database.runs();
  std::vector<std::string> notes;
  int64_t from = 0;
  database.read([&](SQLite::Database& handle) { from = taken_in(handle).value_or(0); });
  if (read_events_from(runs, from).end == from && from > 0) return notes;
  database.write([&](SQLite::Database& handle) {
    const RecordEvents found = read_events_from(runs, taken_in(handle).value_or(0));
    for (const json& event : found.events) {
      try {
        apply(handle, runs, event, known);
      } catch (const json::exception& error) {
        notes.push_back(fmt::format("a line of {} is passed over: {}",
                                    (runs / "record.jsonl").string(), plain_reason(error.what())));
      } catch (const Error& error) {
        notes.push_back(fmt::format("a line of {} is passed over: {}",
                                    (runs / "record.jsonl").string(), error.what()));
      }
    }
    set_taken_in(handle, found.end);
  });
  return notes;
}

void adopt_plans(Database& database) {
  std::vector<OldPlan> plans;
  database.read([&](SQLite::Database& handle) {
    if (!taken_in(handle)) plans = old_plans(handle);
  });
  for (const OldPlan& old : plans) {
    const SweepDefinition plan = read_plan(database, old.name, old.plan);
    json event = plan_event(plan, keep_definition(database.runs(), definition_text(plan)));
    event.update(old.fields);
    append_event(database.runs(), "plan", event);
  }
}

}  // namespace sslx::record
