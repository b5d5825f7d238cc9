// A migration that is killed at any statement leaves the old schema or the new one, and a copy of
// the file as it was.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/record/schema.h"
#include "record_fixture.h"
#include "tables.h"

namespace sslx::record::test {
namespace {

namespace fs = std::filesystem;

int statements_left = 0;

/// Statements are counted as each begins.
int count_statement(unsigned, void*, void*, void*) {
  if (--statements_left == 0) kill(getpid(), SIGKILL);
  return 0;
}

int watch_statements(sqlite3* handle, char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, count_statement, nullptr);
}

class MigrationTest : public RecordTest {
 protected:
  /// A file of an older version with a run in it.
  void make_old(int version) const {
    fs::remove_all(database_file().parent_path());
    fs::create_directories(database_file().parent_path());
    SQLite::Database handle(database_file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    handle.exec(kMigrations.at(0));
    handle.exec(
        "INSERT INTO trial VALUES ('t', '{}', 'd', 0, 'shapes', 'f', 'simclr', 'r', 'now');"
        "INSERT INTO sweep VALUES (1, 's', '', 's.toml', 'x', 'd', '{}', 1, 'now', 'now');"
        "INSERT INTO sweep_trial VALUES (1, 0, 't', '', '{}');"
        "INSERT INTO run (id, trial, attempt, sweep, variant, axes, state, started, directory, "
        "provenance, host_sha256, git_commit, git_dirty, data_path, execution) VALUES "
        "('r1', 't', 1, 's', '', '{}', 'completed', 'now', '/r1', 'p', 'h', '', 0, '', '{}');"
        "INSERT INTO metric VALUES ('r1', 2, 'loss', 1, 1, 0.5);");
    handle.createFunction("training_identity", 2, true, nullptr,
                          [](sqlite3_context* context, int, sqlite3_value**) {
                            sqlite3_result_text(context, "x", 1, SQLITE_STATIC);
                          });
    for (int next = 1; next < version; ++next)
      handle.exec(kMigrations.at(static_cast<size_t>(next)));
    handle.exec(fmt::format("PRAGMA user_version = {}; PRAGMA application_id = {}", version,
                            kApplicationId));
  }
  /// Opens the file in a process that is killed at a statement; false when it came through.
  bool killed_at(int statement) const {
    const pid_t child = fork();
    if (child == 0) {
      statements_left = statement;
      sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch_statements));
      try {
        const Database database(database_file());
      } catch (...) {
        _exit(2);
      }
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
  }
  int64_t version() const {
    SQLite::Database handle(database_file().string(), SQLite::OPEN_READWRITE);
    EXPECT_EQ(handle.execAndGet("PRAGMA integrity_check").getString(), "ok");
    return handle.execAndGet("PRAGMA user_version").getInt64();
  }
};

TEST_F(MigrationTest, AKillAtEachStatementLeavesTheOldSchemaOrTheNew) {
  for (const int old : {1, 2}) {
    int kills = 0;
    bool saw_old = false;
    while (true) {
      make_old(old);
      if (!killed_at(kills + 1)) break;
      ++kills;
      const int64_t found = version();
      EXPECT_TRUE(found == old || found == kSchemaVersion) << found;
      saw_old = saw_old || found == old;
      Database database(database_file());  // the next command makes it new
      EXPECT_EQ(count(database, "SELECT count(*) FROM metric"), 1);
      EXPECT_TRUE(database.faults().empty());
    }
    EXPECT_TRUE(saw_old);
    EXPECT_GT(kills, 20);
  }
}

TEST_F(MigrationTest, TheFileAsItWasIsKept) {
  for (int time = 1; time <= 2; ++time) {
    make_old(2);
    if (time == 2) write_file(database_file().string() + ".v2-backup", "kept");
    { const Database database(database_file()); }
    const std::string backup =
        database_file().string() + (time == 2 ? ".v2-backup-2" : ".v2-backup");
    SQLite::Database copy(backup, SQLite::OPEN_READONLY);
    EXPECT_EQ(copy.execAndGet("PRAGMA user_version").getInt64(), 2);
    EXPECT_EQ(copy.execAndGet("SELECT count(*) FROM run").getInt64(), 1);
  }
  EXPECT_EQ(read_file(database_file().string() + ".v2-backup"), "kept");
}

TEST_F(MigrationTest, ANewFileLeavesNoBackup) {
  { const Database database(database_file()); }
  EXPECT_FALSE(fs::exists(database_file().string() + ".v0-backup"));
}

}  // namespace
}  // namespace sslx::record::test
