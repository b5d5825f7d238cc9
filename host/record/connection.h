// The open database of a `Database`, as the functions of this folder get it: SQLiteCpp's, which
// keeps the statements that it has prepared. To parse a statement costs more than to run most of
// them.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <unordered_map>

namespace sslx::record {

class Connection : public SQLite::Database {
 public:
  using SQLite::Database::Database;

  /// The statement of this text, made at the first call, ready to be bound. It is one and the same
  /// for all that give this text: a statement that returns rows is used through `Rows`, so that it
  /// ends.
  SQLite::Statement& prepared(const std::string& sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      found = statements_.try_emplace(sql, *this, sql).first;
    } else {
      found->second.reset();
      found->second.clearBindings();
    }
    return found->second;
  }

 private:
  std::unordered_map<std::string, SQLite::Statement> statements_;
};

/// The rows of a prepared statement, which holds no lock once this is gone.
class Rows {
 public:
  explicit Rows(SQLite::Statement& statement) : statement_(statement) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() { static_cast<void>(statement_.tryReset()); }

  bool next() { return statement_.executeStep(); }
  SQLite::Column column(int at) const { return statement_.getColumn(at); }

 private:
  SQLite::Statement& statement_;
};

}  // namespace sslx::record
