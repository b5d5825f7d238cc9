#include "host/record/merge.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include "host/record/merge_plans.h"
#include "host/record/merge_rows.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const char* const kOther = "other";
constexpr size_t kShown = 10;

/// The other record beside this one for as long as it lives.
class Beside {
 public:
  Beside(Database& database, const fs::path& file) : database_(database) {
    database.attach(file, kOther);
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() { database_.detach(kOther); }

 private:
  Database& database_;
};

/// With its last '/', so that no folder of a longer name is taken for it.
std::string folder_text(const fs::path& runs) {
  return (fs::absolute(runs) / "").lexically_normal().string();
}

const char* const kNewVerdicts =
    "FROM other.reproduction WHERE id NOT IN (SELECT id FROM main.reproduction)";

MergeOutlook compare(Connection& handle, const fs::path& runs) {
  MergeOutlook out;
  add_conflicts(handle, out.conflicts);
  out.news.runs = new_runs(handle, folder_text(runs), out.conflicts);
  const auto count = [&](const std::string& sql) {
    return static_cast<size_t>(handle.execAndGet(sql).getInt64());
  };
  out.news.verdicts = count(fmt::format("SELECT count(*) {}", kNewVerdicts));
  out.news.running = count("SELECT count(*) FROM other.run WHERE state = 'running'");
  out.news.plans = count_new_plans(handle);
  return out;
}

/// Takes theirs where it says something; a message goes with its state.
std::string upsert_run(Connection& handle) {
  const std::vector<std::string> columns = columns_of(handle, "run");
  std::vector<std::string> sets;
  for (const std::string& column : columns) {
    if (column == "id" || column == "attempt") continue;
    if (column == "directory") {
      sets.emplace_back(
          "directory = CASE WHEN substr(excluded.directory, 1, length(?2)) = ?2 "
          "THEN excluded.directory ELSE directory END");
      continue;
    }
    const bool of_state = column == "message" || column == "reason";
    sets.push_back(
        fmt::format("{0} = CASE WHEN coalesce(excluded.{0}, '') != ''{1} "
                    "THEN excluded.{0} ELSE {0} END",
                    column, of_state ? " OR excluded.state != state" : ""));
  }
  return fmt::format(
      "INSERT INTO main.run ({0}) SELECT {0} FROM other.run WHERE id = ?1 ON CONFLICT (id) DO "
      "UPDATE SET {1}",
      fmt::join(columns, ", "), fmt::join(sets, ", "));
}

void take_runs(Connection& handle, const std::set<std::string>& ids, const fs::path& runs) {
  SQLite::Statement run(handle, upsert_run(handle));
  for (const std::string& id : ids) run_prepared(run, id, folder_text(runs));
  for (const std::string& table : tables_of_runs(handle)) {
    const std::vector<std::string> columns = columns_of(handle, table);
    SQLite::Statement rows(handle,
                           fmt::format("INSERT OR IGNORE INTO main.{0} ({1}) SELECT {1} FROM "
                                       "other.{0} WHERE run = ?",
                                       table, fmt::join(columns, ", ")));
    for (const std::string& id : ids) run_prepared(rows, id);
  }
}

void take_all(Connection& handle, const char* table, const std::string& where) {
  const std::string columns = fmt::format("{}", fmt::join(columns_of(handle, table), ", "));
  handle.exec(fmt::format("INSERT OR IGNORE INTO main.{0} ({1}) SELECT {1} FROM other.{0} {2}",
                          table, columns, where));
}

/// The place among the runs of the trial, by id: so it does not matter which came first.
const char* const kAttempts = R"sql(
UPDATE main.run SET attempt = ranked.place FROM
  (SELECT id, row_number() OVER (PARTITION BY trial ORDER BY id) AS place FROM main.run) ranked
WHERE ranked.id = main.run.id AND main.run.attempt != ranked.place)sql";

const char* const kOldestTrials = R"sql(
UPDATE main.trial SET created = theirs.created FROM other.trial theirs
WHERE theirs.identity = main.trial.identity AND theirs.created < main.trial.created)sql";

void take(Connection& handle, const MergeNews& news, const fs::path& runs) {
  take_all(handle, "source_difference", "");
  take_all(handle, "protocol", "");
  take_all(handle, "trial", "");
  handle.exec(kOldestTrials);
  take_runs(handle, news.runs, runs);
  // A verdict on a run that neither record has any more has nothing to stand beside.
  take_all(handle, "reproduction", "WHERE run IN (SELECT id FROM main.run)");
  handle.exec(kAttempts);
  unite_plans(handle);
}

}  // namespace

MergeOutlook merge_outlook(Database& database, const fs::path& copy, const fs::path& runs) {
  const Beside beside(database, copy);
  MergeOutlook out;
  database.read([&](Connection& handle) { out = compare(handle, runs); });
  return out;
}

MergeNews merge_record(Database& database, const fs::path& copy, const fs::path& runs,
                       const std::string& source) {
  const Beside beside(database, copy);
  MergeOutlook out;
  database.write([&](Connection& handle) {
    out = compare(handle, runs);
    refuse_conflicts(out.conflicts, source);
    if (!out.news.is_empty()) take(handle, out.news, runs);
  });
  return out.news;
}

void merge_kept(Database& database, const fs::path& runs, const json& merged) {
  const fs::path kept = runs / merged.value("file", "");
  std::error_code error;
  if (!fs::is_regular_file(kept, error) || sha256_file(kept) != merged.value("sha256", "")) {
    throw Error(ErrorKind::kSystem,
                fmt::format("{}, which a merge kept, is {}", kept.string(),
                            fs::exists(kept, error) ? "another file now" : "gone"),
                fmt::format("merge {} again", merged.value("source", "its source")));
  }
  const fs::path copy = kept.string() + ".tmp";
  fs::remove(copy, error);
  copy_database(kept, copy);
  merge_record(database, copy, runs, kept.string());
  fs::remove(copy, error);
}

void refuse_conflicts(const std::vector<std::string>& conflicts, const std::string& source) {
  if (conflicts.empty()) return;
  std::string lines;
  for (size_t i = 0; i < std::min(conflicts.size(), kShown); ++i) lines += "\n  " + conflicts[i];
  if (conflicts.size() > kShown) {
    lines += fmt::format("\n  and {} more", conflicts.size() - kShown);
  }
  throw input_error(
      fmt::format("{} contradicts this record, and nothing of it was taken in; {}:{}", source,
                  conflicts.size() == 1 ? "there is one conflict"
                                        : fmt::format("there are {} conflicts", conflicts.size()),
                  lines));
}

void move_run(Database& database, const std::string& run, const fs::path& directory) {
  database.write([&](Connection& handle) {
    run_sql(handle, "UPDATE run SET directory = ? WHERE id = ?", directory.string(), run);
  });
}

void keep_runs(const fs::path& copy, const std::set<std::string>& runs) {
  Connection handle(copy.string(), SQLite::OPEN_READWRITE);
  handle.exec("PRAGMA foreign_keys = OFF");  // verdicts stay, whose runs are elsewhere
  SQLite::Transaction transaction(handle);
  const std::string ids = json(runs).dump();
  const auto remove = [&](const std::string& table, const char* column) {
    const std::string sql = fmt::format(
        "DELETE FROM {} WHERE {} NOT IN (SELECT value FROM json_each(?))", table, column);
    run_sql(handle, sql.c_str(), ids);
  };
  for (const std::string& table : tables_of_runs(handle)) remove(table, "run");
  remove("run", "id");
  handle.exec(
      "DELETE FROM trial WHERE identity NOT IN (SELECT trial FROM run) AND identity NOT IN "
      "(SELECT trial FROM plan_trial);"
      "DELETE FROM protocol WHERE fingerprint NOT IN (SELECT protocol FROM result);"
      "DELETE FROM source_difference WHERE sha256 NOT IN "
      "(SELECT difference FROM run WHERE difference IS NOT NULL)");
  transaction.commit();
  handle.exec("VACUUM");
}

}  // namespace sslx::record
