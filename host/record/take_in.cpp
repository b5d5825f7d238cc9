#include "host/record/take_in.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <tuple>
#include <utility>

#include "host/record/journal_lines.h"
#include "host/record/merge.h"
#include "host/record/plan_journal.h"
#include "host/record/plan_row.h"
#include "host/record/record_journal.h"
#include "host/record/runs.h"
#include "host/record/sql.h"
#include "host/record/verdicts.h"

namespace sslx::record {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// In the table `about`: how many bytes of record.jsonl were taken in; none: the file is new to it.
std::optional<int64_t> taken_in(Connection& handle) {
  SQLite::Statement row(handle, "SELECT value FROM about WHERE key = 'record_bytes'");
  return row.executeStep() ? std::optional<int64_t>(std::stoll(row.getColumn(0).getString()))
                           : std::nullopt;
}

void set_taken_in(Connection& handle, int64_t bytes) {
  run_sql(handle, "INSERT OR REPLACE INTO about (key, value) VALUES ('record_bytes', ?)",
          std::to_string(bytes));
}

void apply(Connection& handle, const fs::path& runs, const json& event, const KnownPlan& known) {
  const json& name = event.at("event");
  if (name == "plan" && known.sweep != nullptr && event.at("definition") == known.definition) {
    put_plan(handle, *known.sweep, event);
  } else if (name == "plan") {
    put_plan(handle, plan_of_event(runs, event), event);
  } else if (name == "ended") {
    end_running(handle, event.at("run"), event.at("state"), event.at("message"), event.at("time"));
  } else if (name == "verdict") {
    put_verdict(handle, event);
  }
}

/// What is wrong with one line is a note, and stops no other. A fault of the system may pass: it
/// leaves, and the line is taken in next time.
template <typename Work>
void noting(const fs::path& runs, std::vector<std::string>& notes, Work work) {
  const auto note = [&](const std::string& why) {
    notes.push_back(
        fmt::format("a line of {} is passed over: {}", (runs / "record.jsonl").string(), why));
  };
  try {
    work();
  } catch (const json::exception& error) {
    note(plain_reason(error.what()));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kSystem) throw;
    note(error.what());
  }
}

/// Returns the line "merged" at which it stopped, since a merge is a transaction of its own, and
/// where that ends; null when all is taken in.
std::pair<json, int64_t> take_in_until_merged(Connection& handle, const fs::path& runs,
                                              const KnownPlan& known,
                                              std::vector<std::string>& notes) {
  const RecordEvents found = read_events_from(runs, taken_in(handle).value_or(0));
  for (size_t i = 0; i < found.events.size(); ++i) {
    const json& event = found.events[i];
    if (event.at("event") == "merged") {
      set_taken_in(handle, i == 0 ? taken_in(handle).value_or(0) : found.ends[i - 1]);
      return {event, found.ends[i]};
    }
    noting(runs, notes, [&] { apply(handle, runs, event, known); });
  }
  set_taken_in(handle, found.end);
  return {json(), found.end};
}

struct OldPlan {
  std::string name;
  PlanSummary plan;
  json fields;  ///< Of its row, beside what plan_event() has.
};

std::vector<OldPlan> old_plans(Connection& handle) {
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

std::vector<std::string> take_in(Database& database, const fs::path& runs, const KnownPlan& known) {
  std::vector<std::string> notes;
  int64_t from = 0;
  database.read([&](Connection& handle) { from = taken_in(handle).value_or(0); });
  if (read_events_from(runs, from).end == from) return notes;
  while (true) {
    json merged;
    int64_t end = 0;
    database.write([&](Connection& handle) {
      std::tie(merged, end) = take_in_until_merged(handle, runs, known, notes);
    });
    if (merged.is_null()) return notes;
    noting(runs, notes, [&] { merge_kept(database, runs, merged); });
    database.write([&](Connection& handle) { set_taken_in(handle, end); });
  }
}

}  // namespace

std::vector<std::string> take_in_events(Database& database, const KnownPlan& known) {
  adopt_plans(database);
  return take_in(database, database.runs(), known);
}

std::vector<std::string> take_in_events_of(const fs::path& runs, Database& copy) {
  return take_in(copy, runs, {});
}

void adopt_plans(Database& database) {
  std::vector<OldPlan> plans;
  database.read([&](Connection& handle) {
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
