#include "host/record/old_runs.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "host/record/sql.h"

namespace sslx::record {
namespace {

/// The names that a query on the schema gives.
std::vector<std::string> names(Connection& handle, const std::string& query) {
  std::vector<std::string> out;
  SQLite::Statement row(handle, query);
  while (row.executeStep()) out.push_back(row.getColumn(0).getString());
  return out;
}

/// The columns by name, since both files are of this schema, but not always made by the same steps.
void copy_rows(Connection& handle, const std::string& table, const std::string& condition) {
  const std::string columns = fmt::format(
      "{}", fmt::join(names(handle, fmt::format("SELECT name FROM pragma_table_info('{}')", table)),
                      ", "));
  handle.exec(fmt::format("INSERT OR IGNORE INTO main.{0} ({1}) SELECT {1} FROM old.{0} WHERE {2}",
                          table, columns, condition));
}

const char* const kTablesOfRuns =
    "SELECT m.name FROM main.sqlite_schema m JOIN pragma_table_info(m.name) p "
    "WHERE m.type = 'table' AND p.name = 'run' ORDER BY m.name";

/// Of a run that somebody ended before such ends were written to runs/record.jsonl.
const char* const kOldEnds =
    "UPDATE main.run SET state = o.state, message = o.message, reason = o.reason, "
    "finished = o.finished FROM old.run o WHERE o.id = main.run.id AND main.run.state = 'running' "
    "AND o.state != 'running'";

/// That of a run which is not there any more may be the earliest.
const char* const kEarliestTimes =
    "UPDATE main.trial SET created = o.created FROM old.trial o "
    "WHERE o.identity = main.trial.identity AND o.created < main.trial.created";

/// What they refer to first.
void copy_runs(Connection& handle) {
  const std::string runs = "run IN (SELECT id FROM missing)";
  copy_rows(handle, "trial", "identity IN (SELECT trial FROM old.run WHERE id IN missing)");
  copy_rows(handle, "source_difference",
            "sha256 IN (SELECT difference FROM old.run WHERE id IN missing)");
  copy_rows(handle, "protocol",
            "fingerprint IN (SELECT protocol FROM old.result WHERE " + runs + ")");
  copy_rows(handle, "run", "id IN missing");
  for (const std::string& table : names(handle, kTablesOfRuns)) copy_rows(handle, table, runs);
  handle.exec(
      "UPDATE main.run SET attempt = (SELECT count(*) FROM main.run o WHERE o.trial = run.trial "
      "AND o.id <= run.id) WHERE trial IN (SELECT trial FROM old.run WHERE id IN missing)");
}

}  // namespace

size_t copy_old_runs(Database& database, const std::filesystem::path& old) {
  size_t count = 0;
  database.with_attached(old, "old", [&](Connection& handle) {
    handle.exec(
        "CREATE TEMP TABLE missing AS SELECT id FROM old.run WHERE id NOT IN "
        "(SELECT id FROM main.run)");
    count = static_cast<size_t>(handle.execAndGet("SELECT count(*) FROM missing").getInt64());
    if (count > 0) copy_runs(handle);
    handle.exec(kOldEnds);
    handle.exec(kEarliestTimes);
  });
  return count;
}

void copy_old_facts(Database& database, const std::filesystem::path& old) {
  database.with_attached(
      old, "old", [](Connection& handle) { copy_rows(handle, "about", "key != 'record_bytes'"); });
}

}  // namespace sslx::record
