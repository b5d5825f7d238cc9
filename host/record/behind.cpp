#include "host/record/behind.h"

#include "host/record/sql.h"

namespace sslx::record {

namespace fs = std::filesystem;

std::vector<RunBehind> runs_behind(Database& database) {
  std::vector<RunBehind> out;
  const fs::path runs = database.runs();
  database.read([&](SQLite::Database& handle) {
    SQLite::Statement row(handle,
                          "SELECT id, trial, next_byte, state IN ('running', 'lost') FROM run");
    while (row.executeStep()) {
      const std::string run = row.getColumn(0).getString();
      std::error_code error;
      const uintmax_t size = fs::file_size(runs / run / "journal.jsonl", error);
      const bool longer = !error && size > static_cast<uintmax_t>(row.getColumn(2).getInt64());
      const bool open = row.getColumn(3).getInt() != 0;
      const bool ended = open && fs::is_regular_file(runs / run / "exit.json", error);
      if (longer || ended) out.push_back({run, row.getColumn(1).getString()});
    }
  });
  return out;
}

}  // namespace sslx::record
