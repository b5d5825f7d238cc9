// The results store: one SQLite file, its schema and its transactions. It is there so that every
// figure of a table can be traced to the run that made it, long after the run.
// Opening migrates an older schema in one transaction; a file of a newer schema or of another
// program is refused untouched. Every failure is an Error that names the file.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

namespace SQLite {
class Database;
}  // namespace SQLite

namespace sslx::record {

enum class Access {
  kRead,   ///< The file must be there.
  kWrite,  ///< The file and its folder are created when they are not there.
};

class Database {
 public:
  explicit Database(const std::filesystem::path& file, Access access = Access::kWrite,
                    int busy_timeout_ms = 60000);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  using Work = std::function<void(SQLite::Database&)>;
  /// Runs the work in one transaction that begins as a writer's, so that it never fails half-way
  /// for another writer. Rolled back when the work throws.
  void write(const Work& work);
  /// Runs the work on one consistent snapshot.
  void read(const Work& work);

  const std::filesystem::path& file() const { return file_; }

 private:
  void transaction(const char* begin, const Work& work);

  std::filesystem::path file_;
  int busy_timeout_ms_;
  std::unique_ptr<SQLite::Database> handle_;
};

}  // namespace sslx::record
