// Short hands around SQLiteCpp, for this folder alone: binding of what it has no overload for, and
// statements in one line. SQLite::Exception passes through; Database turns it into an Error.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "host/record/connection.h"

namespace sslx::record {

/// Text that SQLite and a terminal can hold, whatever bytes came in.
inline std::string text_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

inline void bind_one(SQLite::Statement& statement, int at, const std::string& value) {
  statement.bind(at, value);
}
inline void bind_one(SQLite::Statement& statement, int at, const nlohmann::json& value) {
  statement.bind(at, text_of(value));
}
inline void bind_one(SQLite::Statement& statement, int at, int64_t value) {
  statement.bind(at, value);
}
inline void bind_one(SQLite::Statement& statement, int at, double value) {
  if (std::isnan(value)) {
    statement.bind(at);
  } else {
    statement.bind(at, value);
  }
}
template <typename T>
void bind_one(SQLite::Statement& statement, int at, const std::optional<T>& value) {
  if (value) {
    bind_one(statement, at, *value);
  } else {
    statement.bind(at);
  }
}

template <typename... Values>
void bind_all(SQLite::Statement& statement, const Values&... values) {
  int at = 0;
  (bind_one(statement, ++at, values), ...);
}

/// Runs a prepared statement that returns no rows; it can be run again.
template <typename... Values>
int run_prepared(SQLite::Statement& statement, const Values&... values) {
  statement.reset();
  statement.clearBindings();
  bind_all(statement, values...);
  return statement.exec();
}

/// Returns the number of changed rows.
template <typename... Values>
int run_sql(Connection& handle, const char* sql, const Values&... values) {
  SQLite::Statement& statement = handle.prepared(sql);
  bind_all(statement, values...);
  return statement.exec();
}

/// "2026-01-31T12:00:00.000Z"
std::string utc_timestamp();

}  // namespace sslx::record
