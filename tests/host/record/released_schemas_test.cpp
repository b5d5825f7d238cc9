// A record of every released schema is opened, reported and extended by this version. Whoever
// raises kSchemaVersion adds a dump of the one before to schemas/, made by the code of that
// version: `sqlite3 results/sslx.db .dump`, and the two pragmas that a dump leaves out.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <map>

#include "cli/report_render.h"
#include "host/record/connection.h"
#include "host/record/pivot.h"
#include "host/record/schema.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

using Schema = std::map<std::string, std::string>;

Schema schema_of(Database& database) {
  Schema out;
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle, "SELECT type || ' ' || name, sql FROM sqlite_schema");
    while (row.executeStep()) out[row.getColumn(0).getString()] = row.getColumn(1).getString();
  });
  return out;
}

class ReleasedSchema : public RecordTest, public ::testing::WithParamInterface<int> {
 protected:
  /// The record as the sslx of that schema left it.
  void make_record() const {
    const char* source = std::getenv("SSLX_SOURCE_DIR");
    ASSERT_NE(source, nullptr) << "ctest sets it";
    const fs::path dump =
        fs::path(source) / "tests/host/record/schemas" / (std::to_string(GetParam()) + ".sql");
    ASSERT_TRUE(fs::exists(dump)) << "schema " << GetParam() << " was released; there must be "
                                  << dump;
    fs::create_directories(database_file().parent_path());
    SQLite::Database handle(database_file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    handle.exec(read_file(dump));
    ASSERT_EQ(handle.execAndGet("PRAGMA user_version").getInt(), GetParam());
  }
  SweepDefinition planned() const { return sweep({{.seed = 0}, {.seed = 1}, {.seed = 2}}); }
};

TEST_P(ReleasedSchema, IsMigratedToWhatANewRecordHas) {
  ASSERT_NO_FATAL_FAILURE(make_record());
  Database database(database_file());
  EXPECT_EQ(count(database, "PRAGMA user_version"), kSchemaVersion);
  EXPECT_THAT(database.faults(), IsEmpty());
  Database fresh(folder_ / "fresh.db");
  EXPECT_EQ(schema_of(database), schema_of(fresh));
  EXPECT_EQ(count(database, "SELECT count(*) FROM run"), 4);
  EXPECT_EQ(count(database, "SELECT count(*) FROM v_metrics"), 16);
  EXPECT_EQ(count(database, "SELECT count(*) FROM v_results"), 4);
  EXPECT_EQ(count(database, "SELECT count(*) FROM trial WHERE length(training) = 64"), 3);
}

TEST_P(ReleasedSchema, IsReported) {
  ASSERT_NO_FATAL_FAILURE(make_record());
  Database database(database_file());
  const std::string table = cli::render_sweep(database, {"demo"});
  EXPECT_THAT(table, HasSubstr("41.0 ± 12.7"));  // of 40 and 42
  EXPECT_THAT(table, HasSubstr("diverged: A, seed 2"));
  EXPECT_THAT(table, HasSubstr("the loss is nan at step 10"));
  EXPECT_THAT(table, HasSubstr("warning: one image was unreadable"));
}

TEST_P(ReleasedSchema, IsExtended) {
  ASSERT_NO_FATAL_FAILURE(make_record());
  Database database(database_file());
  const Registered again = register_sweep(database, planned());
  EXPECT_EQ(again.plan.number, 1);
  EXPECT_THAT(again.others, IsEmpty());
  record_run(database, {.id = "20260102-000009-bbbbbb", .seed = 2, .knn = 44});
  EXPECT_EQ(count(database, "SELECT attempt FROM run WHERE id = '20260102-000009-bbbbbb'"), 2);
  const Pivot pivot = pivot_sweep(database, {"demo"});
  EXPECT_EQ(pivot.rows.at(0).cells.at(0).statistic.mean, 42);
  EXPECT_THAT(pivot.missing, IsEmpty());
  EXPECT_THAT(database.faults(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, ReleasedSchema, ::testing::Range(1, kSchemaVersion));

}  // namespace
}  // namespace sslx::record::test
