#include "host/record/behind.h"

#include <sslx/error.h>

#include "host/record/journal_lines.h"
#include "host/record/sql.h"

namespace sslx::record {

namespace fs = std::filesystem;

namespace {

/// Whether the run's folder says of its end what the record does not: a run that is recorded as
/// lost may have come back with its result, or have been given its end as lost.
bool has_other_end(const fs::path& directory, const std::string& state) {
  std::error_code error;
  if (state != "running" && state != "lost") return false;
  if (!fs::is_regular_file(directory / "exit.json", error)) return false;
  try {
    return text_or(read_object(directory / "exit.json"), "state") != state;
  } catch (const Error&) {
    return true;  // taking it in says what is wrong with it
  }
}

}  // namespace

std::vector<RunBehind> runs_behind(Database& database) {
  std::vector<RunBehind> out;
  const fs::path runs = database.runs();
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle, "SELECT id, trial, next_byte, state FROM run");
    while (row.executeStep()) {
      const std::string run = row.getColumn(0).getString();
      std::error_code error;
      const uintmax_t size = fs::file_size(runs / run / "journal.jsonl", error);
      const bool longer = !error && size > static_cast<uintmax_t>(row.getColumn(2).getInt64());
      const bool ended = has_other_end(runs / run, row.getColumn(3).getString());
      if (longer || ended) out.push_back({run, row.getColumn(1).getString()});
    }
  });
  return out;
}

}  // namespace sslx::record
