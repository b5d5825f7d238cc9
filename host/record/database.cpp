#include "host/record/database.h"

#include <SQLiteCpp/Backup.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sslx/error.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

#include "host/record/connection.h"
#include "host/record/schema.h"
#include "host/record/trial_row.h"

namespace sslx::record {
namespace {

namespace fs = std::filesystem;

/// From this release on a write-ahead log is safe with several writers that checkpoint.
constexpr int kFirstSafeWal = 3051003;

/// Up to here quick_check takes less than 50 ms (13 ms for 11 MB were measured).
constexpr uintmax_t kSmallFile = uintmax_t{16} << 20;

Error damaged(const fs::path& file, const std::string& why) {
  return Error(
      ErrorKind::kSystem, fmt::format("{} is damaged or no database: {}", file.string(), why),
      "`sslx db rebuild` makes it again from what lies in runs/, and keeps the damaged file "
      "beside it");
}

/// Device and inode; zeros for no file.
std::pair<uint64_t, uint64_t> identity_of(const fs::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

/// Throws what an exception of SQLite means; `system`: the errno behind it, or 0.
[[noreturn]] void fail(const fs::path& file, int busy_timeout_ms, const SQLite::Exception& error,
                       int system = 0) {
  const int code = error.getErrorCode();
  const std::string path = file.string();
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    throw LockedError(
        ErrorKind::kSystem,
        fmt::format("{} stayed locked by another program for {} s", path, busy_timeout_ms / 1000.0),
        "end that program, or wait for it, and give the same command again");
  }
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) throw damaged(file, error.what());
  const std::string why = system == 0 ? "" : fmt::format(" ({})", std::strerror(system));
  throw Error(ErrorKind::kSystem, fmt::format("{} cannot be used: {}{}", path, error.what(), why));
}

Error not_copied(const fs::filesystem_error& error) {
  return Error(ErrorKind::kSystem, fmt::format("{} cannot be written: {}", error.path1().string(),
                                               error.code().message()));
}

int64_t pragma(SQLite::Database& handle, const char* name) {
  return handle.execAndGet(fmt::format("PRAGMA {}", name)).getInt64();
}

bool is_empty(SQLite::Database& handle) {
  return handle.execAndGet("SELECT count(*) FROM sqlite_schema").getInt64() == 0;
}

/// SQLite itself takes what a last page that was cut lacks for zeros. Called in a transaction, when
/// nobody writes pages.
void check_size(SQLite::Database& handle, const fs::path& file) {
  std::error_code error;
  const uintmax_t size = fs::file_size(file, error);
  const auto page = static_cast<uintmax_t>(pragma(handle, "page_size"));
  const std::string mode = handle.execAndGet("PRAGMA journal_mode").getString();
  if (error || mode == "wal" || size % page == 0) return;
  throw damaged(file, fmt::format("its {} bytes are no whole number of pages of {}, as if its end "
                                  "had been cut off",
                                  size, page));
}

/// Refuses what is not ours, before anything is written. One transaction, since another process may
/// be making the file ours between two looks at it.
void check_owner(SQLite::Database& handle, const fs::path& file) {
  const SQLite::Transaction one_look(handle);
  const int64_t owner = pragma(handle, "application_id");
  const int64_t version = pragma(handle, "user_version");
  if (owner != kApplicationId && (owner != 0 || !is_empty(handle))) {
    throw input_error(fmt::format("{} is the database of another program (application_id {:#010x})",
                                  file.string(), owner),
                      "choose another --home, or move that file away");
  }
  if (version > kSchemaVersion) {
    throw input_error(
        fmt::format("{} has schema version {}, made by a newer sslx; this one knows up to {}",
                    file.string(), version, kSchemaVersion),
        "use that newer sslx, or choose another --home");
  }
  if (version < 0 || (version == 0 && !is_empty(handle))) {
    throw damaged(file, fmt::format("no sslx makes schema version {}", version));
  }
  check_size(handle, file);
}

/// Closing the last connection to a write-ahead log writes to the file: not to one that is refused.
void keep_untouched(SQLite::Database& handle, bool untouched) {
  sqlite3_db_config(handle.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int{untouched}, nullptr);
}

void configure(SQLite::Database& handle) {
  const bool wal = sqlite3_libversion_number() >= kFirstSafeWal;
  handle.exec("PRAGMA foreign_keys = ON");
  handle.exec("PRAGMA synchronous = FULL");
  const auto mode =
      handle.execAndGet(wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = TRUNCATE");
  static_cast<void>(mode);
}

/// training_identity(config, seed) for the migrations.
void training_identity_in_sql(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  const auto seed = static_cast<uint64_t>(sqlite3_value_int64(values[1]));
  const nlohmann::json config = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const std::string identity = training_identity(config, seed);
  sqlite3_result_text(context, identity.c_str(), -1, SQLITE_TRANSIENT);
}

void run_migrations(SQLite::Database& handle, int64_t from, int64_t to) {
  for (int64_t version = from; version < to; ++version) {
    handle.exec(kMigrations.at(static_cast<size_t>(version)));
    handle.exec(fmt::format("PRAGMA user_version = {}", version + 1));
  }
}

void add_functions(SQLite::Database& handle) {
  handle.createFunction("training_identity", 2, /*aDeterministic=*/true, nullptr,
                        training_identity_in_sql);
}

/// To a temporary name first: a copy of that name is whole. By a connection of its own, since one
/// that writes cannot be copied from.
void copy_whole(const fs::path& file, const fs::path& copy, int busy_timeout_ms) {
  const fs::path temporary = copy.string() + ".tmp";
  fs::remove(temporary);
  {
    SQLite::Database source(file.string(), SQLite::OPEN_READWRITE, busy_timeout_ms);
    SQLite::Database target(temporary.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    const int code = SQLite::Backup(target, source).executeStep();
    if (code != SQLITE_DONE) throw SQLite::Exception("it cannot be copied", code);
  }
  fs::rename(temporary, copy);
}

/// Of a file that holds something, before its schema changes; an earlier copy stays.
void back_up_before_migration(const fs::path& file, int64_t version, int busy_timeout_ms) {
  if (version == 0) return;
  fs::path copy = fmt::format("{}.v{}-backup", file.string(), version);
  for (int i = 2; fs::exists(copy); ++i) {
    copy = fmt::format("{}.v{}-backup-{}", file.string(), version, i);
  }
  copy_whole(file, copy, busy_timeout_ms);
}

/// Another process may have migrated since we looked, so the version is read again inside.
void migrate(SQLite::Database& handle, const fs::path& file, int busy_timeout_ms) {
  if (pragma(handle, "user_version") == kSchemaVersion) return;
  add_functions(handle);
  // A table that is made anew takes the rows that name its own along, unless nobody looks.
  handle.exec("PRAGMA foreign_keys = OFF");
  SQLite::Transaction transaction(handle, SQLite::TransactionBehavior::IMMEDIATE);
  const int64_t before = pragma(handle, "user_version");
  if (before < kSchemaVersion) back_up_before_migration(file, before, busy_timeout_ms);
  run_migrations(handle, before, kSchemaVersion);
  handle.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  transaction.commit();
  handle.exec("PRAGMA foreign_keys = ON");
}

/// "table run", "index run_by_trial": what a database is made of.
std::set<std::string> parts_of(SQLite::Database& handle) {
  std::set<std::string> out;
  SQLite::Statement row(handle, "SELECT type || ' ' || name FROM sqlite_schema");
  while (row.executeStep()) out.insert(row.getColumn(0).getString());
  return out;
}

/// What of the file is none of sslx's, as a trigger, which would run here; "" when nothing is.
std::string foreign_part(SQLite::Database& handle) {
  SQLite::Database own(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  add_functions(own);
  run_migrations(own, 0, pragma(handle, "user_version"));
  const std::set<std::string> expected = parts_of(own);
  const std::set<std::string> there = parts_of(handle);
  std::vector<std::string> differing;
  std::ranges::set_symmetric_difference(there, expected, std::back_inserter(differing));
  return differing.empty() ? "" : differing.front();
}

/// A database is used by one thread at a time, and nobody asks how much memory SQLite uses: no lock
/// is needed for either.
void lock_nothing() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

int open_flags(const fs::path& file, Access access) {
  lock_nothing();
  if (access == Access::kWrite) {
    std::error_code ignored;
    if (file.has_parent_path()) fs::create_directories(file.parent_path(), ignored);
    return SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX;
  }
  if (!fs::exists(file)) {
    throw input_error(fmt::format("there is no database {} yet", file.string()),
                      "`sslx sweep FILE` makes it; --home says where it is");
  }
  return SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX;
}

}  // namespace

Database::Database(const fs::path& file, Access access, int busy_timeout_ms)
    : file_(file), busy_timeout_ms_(busy_timeout_ms), patience_(busy_timeout_ms) {
  const int flags = open_flags(file, access);
  try {
    handle_ = std::make_unique<Connection>(file.string(), flags, busy_timeout_ms);
    patience_.rule(handle_->getHandle());
    keep_untouched(*handle_, true);
    check_owner(*handle_, file);
    keep_untouched(*handle_, false);
    configure(*handle_);
    migrate(*handle_, file_, busy_timeout_ms);
    identity_ = identity_of(file_);
  } catch (const SQLite::Exception& error) {
    fail(file_, busy_timeout_ms_, error);
  } catch (const fs::filesystem_error& error) {
    throw not_copied(error);
  }
}

Database::~Database() = default;

void Database::back_up(const fs::path& copy) {
  if (fs::exists(fs::symlink_status(copy))) {
    throw input_error(fmt::format("{} is there already", copy.string()), "choose another name");
  }
  try {
    copy_whole(file_, copy, busy_timeout_ms_);
  } catch (const SQLite::Exception& error) {
    fail(copy, busy_timeout_ms_, error);
  } catch (const fs::filesystem_error& error) {
    throw not_copied(error);
  }
}

void Database::sync_nothing() { handle_->exec("PRAGMA synchronous = OFF"); }

fs::path Database::runs() const {
  const fs::path folder = fs::absolute(file_).lexically_normal().parent_path();
  if (folder.filename() != "results") return file_.string() + ".runs";
  return folder.parent_path() / "runs";
}

void Database::write(const Work& work) { transaction("BEGIN IMMEDIATE", work); }
void Database::read(const Work& work) { transaction("BEGIN DEFERRED", work); }

void Database::with_attached(const fs::path& file, const std::string& name, const Work& work) {
  try {
    SQLite::Statement attach(*handle_, "ATTACH ? AS " + name);
    attach.bind(1, file.string());
    attach.exec();
  } catch (const SQLite::Exception& error) {
    fail(file, busy_timeout_ms_, error);
  }
  const std::unique_ptr<Connection, std::function<void(Connection*)>> attached(
      handle_.get(),
      [&](Connection* handle) { static_cast<void>(handle->tryExec("DETACH " + name)); });
  transaction("BEGIN DEFERRED", work);  // IMMEDIATE would lock the other one for writing, too
}

void Database::wait_at_most(int busy_timeout_ms) {
  busy_timeout_ms_ = busy_timeout_ms;
  patience_.set(busy_timeout_ms);
}

bool Database::was_moved() const { return identity_of(file_) != identity_; }

void Database::attach(const fs::path& file, const std::string& name) {
  try {
    SQLite::Statement attach(*handle_, "ATTACH ? AS " + name);
    attach.bind(1, file.string());
    attach.exec();
  } catch (const SQLite::Exception& error) {
    fail(file, busy_timeout_ms_, error);
  }
}

void Database::detach(const std::string& name) {
  static_cast<void>(handle_->tryExec("DETACH " + name));
}

void Database::check_if_small() {
  std::error_code error;
  if (fs::file_size(file_, error) > kSmallFile || error) return;
  std::string found;
  read([&](SQLite::Database& handle) {
    found = handle.execAndGet("PRAGMA quick_check(1)").getString();
  });
  if (found == "ok") return;
  std::ranges::replace(found, '\n', ' ');
  throw damaged(file_, found);
}

std::vector<std::string> Database::faults() {
  std::vector<std::string> out;
  read([&](SQLite::Database& handle) {
    SQLite::Statement check(handle, "PRAGMA integrity_check(20)");
    while (check.executeStep()) {
      const std::string line = check.getColumn(0).getString();
      if (line != "ok") out.push_back(line);
    }
    SQLite::Statement keys(handle, "PRAGMA foreign_key_check");
    while (out.size() < 20 && keys.executeStep()) {
      out.push_back(fmt::format("a row of {} names one of {} that is not there",
                                keys.getColumn(0).getString(), keys.getColumn(2).getString()));
    }
  });
  return out;
}

void copy_database(const fs::path& from, const fs::path& to) {
  constexpr int kPatience = 60000;
  try {
    SQLite::Database source(from.string(), SQLite::OPEN_READONLY, kPatience);
    check_owner(source, from);
    if (pragma(source, "user_version") == 0) {
      throw input_error(fmt::format("{} is empty", from.string()));
    }
    if (const std::string part = foreign_part(source); !part.empty()) {
      throw input_error(fmt::format("{} is not as sslx makes it: its {} is missing or foreign",
                                    from.string(), part));
    }
    SQLite::Statement copy(source, "VACUUM INTO ?");
    copy.bind(1, to.string());
    copy.exec();
  } catch (const SQLite::Exception& error) {
    fail(from, kPatience, error);
  }
  const Database migrated(to, Access::kRead);
}

void Database::transaction(const char* begin, const Work& work) {
  if (was_moved()) {
    throw Error(
        ErrorKind::kSystem,
        fmt::format("{} was deleted or replaced while it was in use", file_.string()),
        "give the same command again: `sslx sweep FILE` first takes in what the journals in "
        "runs/ hold");
  }
  int system = 0;
  try {
    handle_->exec(begin);
    try {
      work(*handle_);
      handle_->exec("COMMIT");
    } catch (...) {
      const int code = sqlite3_errcode(handle_->getHandle()) & 0xff;
      if (code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL) {
        system = sqlite3_system_errno(handle_->getHandle());
      }
      static_cast<void>(handle_->tryExec("ROLLBACK"));
      throw;
    }
  } catch (const SQLite::Exception& error) {
    fail(file_, busy_timeout_ms_, error, system);
  }
}

}  // namespace sslx::record
