// All rows of all tables of a database as text, to compare two with one another.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

#include "host/record/connection.h"
#include "host/record/database.h"

namespace sslx::record::test {

/// Table -> its rows, each as "column=value" in quotes.
inline std::map<std::string, std::multiset<std::string>> all_rows(Database& database) {
  std::map<std::string, std::multiset<std::string>> out;
  database.read([&](Connection& handle) {
    SQLite::Statement tables(handle, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (tables.executeStep()) {
      const std::string table = tables.getColumn(0).getString();
      SQLite::Statement columns(handle,
                                fmt::format("SELECT name FROM pragma_table_info('{}')", table));
      std::string row = "''";
      while (columns.executeStep()) {
        row += fmt::format(" || ' {0}=' || quote({0})", columns.getColumn(0).getString());
      }
      SQLite::Statement rows(handle, fmt::format("SELECT {} FROM {}", row, table));
      while (rows.executeStep()) out[table].insert(rows.getColumn(0).getString());
    }
  });
  return out;
}

}  // namespace sslx::record::test
