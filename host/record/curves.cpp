#include "host/record/curves.h"

#include <cmath>

#include "host/record/sql.h"

namespace sslx::record {

Curves curves_of(Database& database, const std::string& run) {
  Curves out;
  database.read([&](Connection& handle) {
    SQLite::Statement rows(
        handle, "SELECT name, step, epoch, value FROM metric WHERE run = ? ORDER BY step, line");
    rows.bind(1, run);
    while (rows.executeStep()) {
      const SQLite::Column value = rows.getColumn(3);
      out[rows.getColumn(0).getString()].push_back(
          {rows.getColumn(1).getInt64(), rows.getColumn(2).getInt64(),
           value.isNull() ? std::nan("") : value.getDouble()});
    }
  });
  return out;
}

}  // namespace sslx::record
