// The results store: one SQLite file, its schema and its transactions. It is there so that every
// figure of a table can be traced to the run that made it, long after the run.
// Opening migrates an older schema in one transaction, after a copy of the file is made and kept
// beside it (sslx.db.v2-backup); a file of a newer schema, of another program
// or cut short is refused untouched. A file that is deleted or replaced while it is open is not
// used any further. Every failure is an Error that names the file.
#pragma once

#include <sslx/error.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/record/patience.h"

namespace sslx::record {

class Connection;

enum class Access {
  kRead,   ///< The file must be there.
  kWrite,  ///< The file and its folder are created when they are not there.
};

/// The file stayed locked by another program for longer than was to be waited.
class LockedError : public Error {
 public:
  using Error::Error;
};

class Database {
 public:
  explicit Database(const std::filesystem::path& file, Access access = Access::kWrite,
                    int busy_timeout_ms = 60000);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  using Work = std::function<void(Connection&)>;
  /// Runs the work in one transaction that begins as a writer's, so that it never fails half-way
  /// for another writer. Rolled back when the work throws.
  void write(const Work& work);
  /// Runs the work on one consistent snapshot.
  void read(const Work& work);

  /// Runs the work in one transaction that sees another file of this schema as `name`, to read.
  void with_attached(const std::filesystem::path& file, const std::string& name, const Work& work);

  /// How long a transaction waits for other programs from now on.
  void wait_at_most(int busy_timeout_ms);
  /// SQLite's quick_check, where the file is small enough for it to take less than 50 ms.
  void check_if_small();
  /// SQLite's whole check and that of the foreign keys, whatever it costs: what is wrong, a
  /// sentence each, at most 20; empty when the file is sound.
  std::vector<std::string> faults();
  /// Whether the file's name is that of another file by now, or of none.
  bool was_moved() const;
  /// A whole copy as of now, also while others write; the file must not be there yet.
  void back_up(const std::filesystem::path& copy);
  /// Nothing is synced any more: for a file that is thrown away unless it is finished and synced.
  void sync_nothing();

  /// Another database's file as the schema `name` for the work that follows; it must be of this
  /// schema version (copy_database), and only be read.
  void attach(const std::filesystem::path& file, const std::string& name);
  void detach(const std::string& name);

  const std::filesystem::path& file() const { return file_; }
  /// The home's folder of runs, which lies beside that of the record, HOME/results/; FILE.runs for
  /// a file that is elsewhere.
  std::filesystem::path runs() const;

 private:
  void transaction(const char* begin, const Work& work);

  std::filesystem::path file_;
  int busy_timeout_ms_;
  Patience patience_;
  std::pair<uint64_t, uint64_t> identity_;  ///< Device and inode of the file that is open.
  std::unique_ptr<Connection> handle_;
};

/// A compacted copy of what `from` holds at one moment, migrated to this schema; `from` is never
/// written to. Error(kInput) when it is no database of sslx, a newer one's, or holds more tables,
/// views or triggers than sslx makes; `to` must not be there.
void copy_database(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace sslx::record
