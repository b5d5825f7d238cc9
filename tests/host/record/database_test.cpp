#include "host/record/database.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "host/record/connection.h"
#include "host/record/schema.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class DatabaseTest : public RecordTest {
 protected:
  /// A file as another program, or another sslx, left it.
  void make(const std::string& sql) const {
    fs::create_directories(database_file().parent_path());
    SQLite::Database(database_file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec(sql);
  }
  std::string opened() const {
    return error_of([&] { Database(database_file(), Access::kWrite, 100); });
  }
};

TEST_F(DatabaseTest, ANewFileHasTheSchemaAndItsSettings) {
  Database database(database_file());
  EXPECT_EQ(count(database, "PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(count(database, "PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(count(database, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(count(database, "PRAGMA synchronous"), 2);
  EXPECT_EQ(count(database,
                  "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND "
                  "type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%'"),
            0);
}

TEST_F(DatabaseTest, OpeningTwiceChangesNothing) {
  { Database database(database_file()); }
  const std::string before = read_file(database_file());
  { Database database(database_file()); }
  EXPECT_EQ(read_file(database_file()), before);
}

TEST_F(DatabaseTest, TablesAreStrictAndKeysAreChecked) {
  Database database(database_file());
  EXPECT_THAT(error_of([&] {
                database.write([](Connection& handle) {
                  handle.exec("INSERT INTO event VALUES ('nobody', 0, 't', 'e', '{}')");
                });
              }),
              HasSubstr("FOREIGN KEY constraint failed"));
  EXPECT_THAT(error_of([&] {
                database.write([](Connection& handle) {
                  handle.exec("INSERT INTO protocol VALUES ('f', 'no json')");
                });
              }),
              HasSubstr("CHECK constraint failed"));
}

TEST_F(DatabaseTest, ANewerSchemaIsRefusedUntouched) {
  { Database database(database_file()); }
  make("PRAGMA user_version = 99");
  const std::string before = read_file(database_file());
  EXPECT_EQ(opened(), database_file().string() +
                          " has schema version 99, made by a newer sslx; this one knows up to 3");
  EXPECT_EQ(read_file(database_file()), before);
}

TEST_F(DatabaseTest, AForeignDatabaseIsRefusedUntouched) {
  for (const char* sql : {"CREATE TABLE a (b)", "PRAGMA application_id = 7",
                          "PRAGMA journal_mode = WAL; CREATE TABLE c (d)"}) {
    fs::remove(database_file());
    make(sql);
    const std::string before = read_file(database_file());
    EXPECT_THAT(opened(), HasSubstr("is the database of another program")) << sql;
    EXPECT_EQ(read_file(database_file()), before) << sql;
  }
}

TEST_F(DatabaseTest, WhatIsNoDatabaseIsRefusedUntouched) {
  const std::string text(8192, 'x');
  write_file(database_file(), text);
  EXPECT_THAT(opened(), HasSubstr("is damaged or no database"));
  EXPECT_EQ(read_file(database_file()), text);
}

/// SQLite reads what a cut page lacks as zeros, and says nothing.
TEST_F(DatabaseTest, AFileCutByAnyNumberOfBytesIsRefused) {
  {
    Database database(database_file());
    database.write(
        [](Connection& handle) { handle.exec("INSERT INTO protocol VALUES ('f', '{}')"); });
  }
  const std::string whole = read_file(database_file());
  for (const size_t lost : {1U, 3U, 511U, 4095U, 4096U, 4097U, 8191U, 12288U}) {
    ASSERT_GT(whole.size(), lost);
    write_file(database_file(), whole.substr(0, whole.size() - lost));
    EXPECT_THAT(opened(), HasSubstr("is damaged or no database")) << lost;
    EXPECT_EQ(read_file(database_file()).size(), whole.size() - lost);
  }
}

TEST_F(DatabaseTest, ASchemaVersionThatNoSslxMakesIsDamage) {
  { Database database(database_file()); }
  for (const int version : {-1, -2147483647, 0}) {
    make("PRAGMA user_version = " + std::to_string(version));
    EXPECT_EQ(opened(), database_file().string() +
                            " is damaged or no database: no sslx makes schema version " +
                            std::to_string(version));
  }
}

TEST_F(DatabaseTest, ADeletedOrReplacedFileIsNotUsedAnyFurther) {
  Database database(database_file());
  fs::rename(database_file(), folder_ / "away.db");
  const auto writing = [&] { database.write([](Connection&) {}); };
  const std::string gone =
      database_file().string() + " was deleted or replaced while it was in use";
  EXPECT_EQ(error_of(writing), gone);
  { Database other(database_file()); }
  EXPECT_EQ(error_of(writing), gone);
  fs::rename(folder_ / "away.db", database_file());
  EXPECT_EQ(error_of(writing), "");
}

/// Bits that the header does not show.
TEST_F(DatabaseTest, TheQuickCheckFindsWhatOpeningDoesNot) {
  {
    Database database(database_file());
    EXPECT_EQ(error_of([&] { database.check_if_small(); }), "");
  }
  std::string bytes = read_file(database_file());
  for (size_t at = 3 * 4096; at < 3 * 4096 + 64; ++at) bytes[at] = '\x55';
  write_file(database_file(), bytes);
  EXPECT_THAT(error_of([&] { Database(database_file()).check_if_small(); }),
              HasSubstr("is damaged or no database"));
}

TEST_F(DatabaseTest, ReadingNeedsTheFile) {
  EXPECT_EQ(error_of([&] { Database(database_file(), Access::kRead); }),
            "there is no database " + database_file().string() + " yet");
  EXPECT_FALSE(fs::exists(database_file()));
}

TEST_F(DatabaseTest, AFailingWriteIsRolledBack) {
  Database database(database_file());
  EXPECT_THROW(database.write([](Connection& handle) {
    handle.exec("INSERT INTO protocol VALUES ('f', '{}')");
    throw std::runtime_error("in the middle");
  }),
               std::runtime_error);
  EXPECT_EQ(count(database, "SELECT count(*) FROM protocol"), 0);
}

TEST_F(DatabaseTest, ALockedFileIsNamedAfterTheTimeout) {
  Database holder(database_file());
  Database waiter(database_file(), Access::kWrite, 100);
  holder.write([&](Connection&) {
    EXPECT_EQ(error_of([&] { waiter.write([](Connection&) {}); }),
              database_file().string() + " stayed locked by another program for 0.1 s");
  });
}

TEST_F(DatabaseTest, AStatementIsPreparedOnceAndHoldsNoLockWhenItsRowsAreGone) {
  Database reader(database_file());
  Database writer(database_file(), Access::kWrite, 100);
  reader.write([](Connection& handle) {
    handle.exec("INSERT INTO protocol VALUES ('f', '{}'), ('g', '{}')");
  });
  const std::string sql = "SELECT fingerprint FROM protocol WHERE fingerprint >= ? ORDER BY 1";
  for (const std::string first : {"f", "g"}) {
    reader.read([&](Connection& handle) {
      SQLite::Statement& statement = handle.prepared(sql);
      EXPECT_EQ(&statement, &handle.prepared(sql));
      statement.bind(1, first);
      Rows rows(statement);
      ASSERT_TRUE(rows.next());
      EXPECT_EQ(rows.column(0).getString(), first);
    });
    writer.write([&](Connection& handle) {
      handle.exec("UPDATE protocol SET json = '[]' WHERE fingerprint = '" + first + "'");
    });
  }
  EXPECT_EQ(count(reader, "SELECT count(*) FROM protocol WHERE json = '[]'"), 2);
}

/// Opens and writes in processes of their own: they migrate at once, and no write is lost.
TEST_F(DatabaseTest, ProcessesWriteAtOnce) {
  constexpr int kProcesses = 4;
  constexpr int kWrites = 25;
  in_processes(kProcesses, [&](int process) {
    Database database(database_file());
    for (int i = 0; i < kWrites; ++i) {
      database.write([&](Connection& handle) {
        handle.exec("INSERT INTO protocol VALUES ('" + std::to_string(process) + '-' +
                    std::to_string(i) + "', '{}')");
      });
    }
    return true;
  });
  Database database(database_file());
  EXPECT_EQ(count(database, "SELECT count(*) FROM protocol"), kProcesses * kWrites);
}

/// A new file is ours from one moment to the next: whoever opens it meanwhile must not take it for
/// another program's.
TEST_F(DatabaseTest, ProcessesMayOpenANewFileAtOnce) {
  for (int round = 0; round < 30; ++round) {
    const fs::path file = database_file().string() + std::to_string(round);
    in_processes(4, [&](int) {
      const Database database(file);
      return true;
    });
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

}  // namespace
}  // namespace sslx::record::test
