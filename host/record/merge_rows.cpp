#include "host/record/merge_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/record/sql.h"

namespace sslx::record {
namespace {

/// Which of two records of one run says more.
enum class Side { kOurs, kTheirs, kSame };

struct TwoRuns {
  std::string id;
  std::string state[2];  ///< Ours, theirs.
  int64_t lines[2] = {0, 0};
  std::string finished[2];
  std::string changed;    ///< A column that no two records of one run may have different; or "".
  std::string differing;  ///< A column in which both say something else; or "".
  bool adds = false;      ///< Theirs knows a column that ours does not, or its folder is here.
};

/// A run that its record calls so may have ended otherwise.
bool is_open(const std::string& state) { return state == "running" || state == "lost"; }

Side fuller(const TwoRuns& run) {
  const bool ours = is_open(run.state[0]);
  const bool theirs = is_open(run.state[1]);
  if (ours != theirs) return ours ? Side::kTheirs : Side::kOurs;
  if (!ours) return Side::kSame;
  if (run.lines[0] != run.lines[1]) {
    return run.lines[0] < run.lines[1] ? Side::kTheirs : Side::kOurs;
  }
  if (run.finished[0] == run.finished[1]) return Side::kSame;
  return run.finished[0] < run.finished[1] ? Side::kOurs : Side::kTheirs;
}

bool is_fixed(const std::string& column) {
  static const std::set<std::string> fixed{"trial", "sweep",      "variant",     "axes",
                                           "home",  "provenance", "host_sha256", "execution"};
  return fixed.contains(column);
}

bool is_free(const std::string& column) {
  return column == "id" || column == "attempt" || column == "directory";
}

std::string known(const std::string& side, const std::string& column) {
  return fmt::format("coalesce({}.{}, '') != ''", side, column);
}

/// CASE that names the first column in which both say something else.
std::string first_differing(const std::vector<std::string>& columns, bool fixed_alone) {
  std::string out = "CASE";
  for (const std::string& column : columns) {
    if (is_free(column) || (fixed_alone && !is_fixed(column))) continue;
    out += fmt::format(" WHEN a.{0} IS NOT b.{0} AND {1} AND {2} THEN '{0}'", column,
                       known("a", column), known("b", column));
  }
  return out + " ELSE '' END";
}

std::string adds_any(const std::vector<std::string>& columns) {
  std::string out = "(substr(b.directory, 1, length(?1)) = ?1 AND a.directory IS NOT b.directory)";
  for (const std::string& column : columns) {
    if (is_free(column)) continue;
    out += fmt::format(" OR (NOT ({}) AND {})", known("a", column), known("b", column));
  }
  return out;
}

std::vector<TwoRuns> runs_of_both(Connection& handle, const std::string& runs_folder) {
  const std::vector<std::string> columns = columns_of(handle, "run");
  SQLite::Statement row(
      handle,
      fmt::format("SELECT a.id, a.state, b.state, a.next_line, b.next_line, "
                  "coalesce(a.finished, ''), coalesce(b.finished, ''), {}, {}, {} "
                  "FROM main.run a JOIN other.run b ON a.id = b.id WHERE b.state != 'running' "
                  "ORDER BY a.id",
                  first_differing(columns, true), first_differing(columns, false),
                  adds_any(columns)));
  row.bind(1, runs_folder);
  std::vector<TwoRuns> out;
  while (row.executeStep()) {
    const auto text = [&](int column) { return row.getColumn(column).getString(); };
    out.push_back({text(0),
                   {text(1), text(2)},
                   {row.getColumn(3).getInt64(), row.getColumn(4).getInt64()},
                   {text(5), text(6)},
                   text(7),
                   text(8),
                   row.getColumn(9).getInt() != 0});
  }
  return out;
}

/// Whether each table holds the same rows of a run in both, up to a line where it has lines.
class RowsOfRuns {
 public:
  explicit RowsOfRuns(Connection& handle) {
    for (const std::string& table : tables_of_runs(handle)) {
      const std::vector<std::string> columns = columns_of(handle, table);
      const bool lines = std::ranges::count(columns, "line") > 0;
      const auto side = [&](const char* schema) {
        return fmt::format("SELECT {} FROM {}.{} WHERE run = ?1{}", fmt::join(columns, ", "),
                           schema, table, lines ? " AND line < ?2" : "");
      };
      const std::string sql = fmt::format(
          "SELECT EXISTS (SELECT * FROM ({0} EXCEPT {1})) OR "
          "EXISTS (SELECT * FROM ({1} EXCEPT {0}))",
          side("main"), side("other"));
      tables_.push_back({table, lines, SQLite::Statement(handle, sql)});
    }
  }

  /// The first table that differs, or "".
  std::string differing(const std::string& run, int64_t lines) {
    for (Table& table : tables_) {
      table.query.reset();
      table.query.bind(1, run);
      if (table.has_lines) table.query.bind(2, lines);
      table.query.executeStep();
      if (table.query.getColumn(0).getInt() != 0) return table.name;
    }
    return "";
  }

 private:
  struct Table {
    std::string name;
    bool has_lines;
    SQLite::Statement query;
  };
  std::vector<Table> tables_;
};

void compare(const TwoRuns& run, RowsOfRuns& rows, std::set<std::string>& out,
             std::vector<std::string>& conflicts) {
  const Side side = fuller(run);
  const auto other = [&](const std::string& what) {
    conflicts.push_back(fmt::format("run {}: {}", run.id, what));
  };
  if (!run.changed.empty()) return other(fmt::format("its {} is another one there", run.changed));
  if (side == Side::kSame && run.state[0] != run.state[1]) {
    return other(fmt::format("it is {} here and {} there", run.state[0], run.state[1]));
  }
  if (side == Side::kSame && run.lines[0] != run.lines[1]) {
    return other(
        fmt::format("its journal has {} lines here and {} there", run.lines[0], run.lines[1]));
  }
  if (side == Side::kSame && !run.differing.empty()) {
    return other(fmt::format("its {} is another one there", run.differing));
  }
  const std::string table = rows.differing(run.id, std::min(run.lines[0], run.lines[1]));
  if (!table.empty()) return other(fmt::format("its rows of {} are others there", table));
  if (side == Side::kTheirs || (side == Side::kSame && run.adds)) out.insert(run.id);
}

void each_text(Connection& handle, const std::string& sql, const std::string& sentence,
               std::vector<std::string>& out) {
  SQLite::Statement row(handle, sql);
  while (row.executeStep()) {
    out.push_back(fmt::format(fmt::runtime(sentence), row.getColumn(0).getString()));
  }
}

}  // namespace

std::vector<std::string> columns_of(Connection& handle, const std::string& table) {
  std::vector<std::string> out;
  SQLite::Statement row(handle, "SELECT name FROM pragma_table_info(?)");
  row.bind(1, table);
  while (row.executeStep()) out.push_back(row.getColumn(0).getString());
  return out;
}

std::vector<std::string> tables_of_runs(Connection& handle) {
  std::vector<std::string> out;
  SQLite::Statement row(handle,
                        "SELECT m.name FROM main.sqlite_schema m JOIN pragma_table_info(m.name) p "
                        "WHERE m.type = 'table' AND p.name = 'run' AND m.name != 'reproduction' "
                        "ORDER BY m.name");
  while (row.executeStep()) out.push_back(row.getColumn(0).getString());
  return out;
}

std::set<std::string> new_runs(Connection& handle, const std::string& runs_folder,
                               std::vector<std::string>& conflicts) {
  std::set<std::string> out;
  SQLite::Statement row(handle,
                        "SELECT id FROM other.run WHERE state != 'running' AND id NOT IN "
                        "(SELECT id FROM main.run)");
  while (row.executeStep()) out.insert(row.getColumn(0).getString());
  RowsOfRuns rows(handle);
  for (const TwoRuns& run : runs_of_both(handle, runs_folder)) compare(run, rows, out, conflicts);
  return out;
}

void add_conflicts(Connection& handle, std::vector<std::string>& conflicts) {
  each_text(handle,
            "SELECT substr(a.fingerprint, 1, 8) FROM main.protocol a JOIN other.protocol b "
            "ON a.fingerprint = b.fingerprint WHERE a.json != b.json ORDER BY 1",
            "protocol {}: its text is another one there", conflicts);
  each_text(handle,
            "SELECT substr(a.identity, 1, 8) FROM main.trial a JOIN other.trial b "
            "ON a.identity = b.identity WHERE a.config != b.config OR a.seed != b.seed ORDER BY 1",
            "trial {}: its configuration or seed is another one there", conflicts);
  each_text(handle,
            "SELECT substr(a.sha256, 1, 8) FROM main.source_difference a JOIN "
            "other.source_difference b ON a.sha256 = b.sha256 WHERE a.bytes != b.bytes ORDER BY 1",
            "source difference {}: it is of another length there", conflicts);
  each_text(handle,
            "SELECT a.id FROM main.reproduction a JOIN other.reproduction b ON a.id = b.id "
            "WHERE (a.run, a.verdict, a.details) IS NOT (b.run, b.verdict, b.details) ORDER BY 1",
            "verdict {}: it is another one there", conflicts);
}

}  // namespace sslx::record
