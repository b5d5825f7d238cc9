#include "host/record/rebuild.h"

#include <gmock/gmock.h>
#include <sslx/error.h>

#include "host/record/connection.h"
#include "host/record/ingest.h"
#include "host/record/plan_journal.h"
#include "host/record/record_journal.h"
#include "host/record/runs.h"
#include "host/record/schema.h"
#include "host/record/take_in.h"
#include "host/record/verdicts.h"
#include "record_fixture.h"
#include "tables.h"

namespace sslx::record::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

class RebuildTest : public RecordTest {
 protected:
  RunSpec run(int second, const std::string& state = "completed", uint64_t seed = 0) const {
    return {.id = fmt::format("20260101-0000{:02}-aaaaaa", second), .seed = seed, .state = state};
  }
  /// Two plans, one of them used twice; runs that ended well, diverged, crashed, were lost.
  void fill() {
    Database database(database_file());
    SweepDefinition first = sweep({run(1), run(2, "", 1)});
    first.options = {"--seeds", "2"};
    register_sweep(database, first);
    record_run(database, run(5, "diverged", 1));
    record_run(database, run(9));
    record_run(database, run(3, "crashed"));  // taken in late, though it began first
    register_sweep(database, sweep({run(1)}));
    ingest_run(database, unended(run(7)));
    mark_run(database, run(7).id, "lost", "nobody knows why");
    ingest_run(database, unended(run(8, "running", 4)));
    register_sweep(database, first);
    record_verdict(database, database.runs(),
                   {"v1", run(9).id, "same bits", "", "box", nlohmann::json::object()});
  }
  /// Of which there is a journal and no end.
  fs::path unended(const RunSpec& spec) const {
    const fs::path directory = write_run(spec);
    fs::remove(directory / "exit.json");
    return directory;
  }
  std::map<std::string, std::multiset<std::string>> rows() const {
    Database database(database_file());
    return all_rows(database);
  }
};

TEST_F(RebuildTest, TheDatabaseIsEqualTableForTable) {
  fill();
  const auto before = rows();
  ASSERT_EQ(before.at("plan").size(), 2U);
  ASSERT_EQ(before.at("run").size(), 5U);
  const Rebuilt made = rebuild(database_file());
  EXPECT_THAT(made.notes, IsEmpty());
  EXPECT_EQ(made.runs, 5U);
  EXPECT_EQ(made.plans, 2U);
  EXPECT_EQ(made.from_old, 0U);
  EXPECT_EQ(rows(), before);
  Database backup(made.backup);
  EXPECT_EQ(all_rows(backup), before);
}

TEST_F(RebuildTest, AlsoWithoutTheOldFileAndInPlaceOfADamagedOne) {
  fill();
  const auto before = rows();
  fs::remove(database_file());
  EXPECT_EQ(rebuild(database_file()).backup, "");
  EXPECT_EQ(rows(), before);
  const std::string bytes = read_file(database_file());
  write_file(database_file(),
             bytes.substr(0, 8192) + std::string(4096, '\0') + bytes.substr(12288));
  const Rebuilt made = rebuild(database_file());
  EXPECT_THAT(made.notes, Contains(HasSubstr("a run without a folder is lost")));
  EXPECT_EQ(rows(), before);
  EXPECT_NE(made.backup, "");
}

TEST_F(RebuildTest, RunsWithoutAFolderAreTakenFromTheOldFile) {
  fill();
  const auto before = rows();
  fs::remove_all(folder_ / "runs" / run(3).id);
  EXPECT_EQ(rebuild(database_file()).from_old, 1U);
  EXPECT_EQ(rows(), before);
}

/// The sound lines of a journal count alike, whether they were read before it was kept aside.
TEST_F(RebuildTest, AJournalThatWasKeptAsideCountsAsItDid) {
  const fs::path directory = write_run(run(1, "failed"));
  write_file(directory / "journal.jsonl", read_file(directory / "journal.jsonl") + "garbage\n");
  {
    Database database(database_file());
    ingest_run(database, directory);
  }
  const auto before = rows();
  ASSERT_FALSE(before.at("metric").empty());
  fs::rename(directory / "journal.jsonl", directory / "journal.jsonl.damaged");
  rebuild(database_file());
  EXPECT_EQ(rows(), before);
}

TEST_F(RebuildTest, PlansFromBeforeTheyWereWrittenDownAreKept) {
  fill();
  fs::remove_all(folder_ / "runs" / "plans");
  fs::remove(folder_ / "runs" / "record.jsonl");
  {
    Database database(database_file());
    database.write([](Connection& handle) {
      handle.exec("DELETE FROM about; UPDATE plan SET options = NULL WHERE number = 2");
    });
  }
  const auto before = rows();
  rebuild(database_file());
  const auto after = rows();
  for (const char* table : {"plan", "plan_trial", "run", "metric", "result"}) {
    EXPECT_EQ(after.at(table), before.at(table)) << table;
  }
  fs::remove(database_file());  // from now on runs/ has them
  rebuild(database_file());
  EXPECT_EQ(rows().at("plan"), before.at("plan"));
}

TEST_F(RebuildTest, ADamagedDefinitionIsToldAndTheRestIsThere) {
  fill();
  for (const auto& file : fs::directory_iterator(folder_ / "runs" / "plans")) {
    write_file(file.path(), "x");
    break;
  }
  const Rebuilt made = rebuild(database_file());
  EXPECT_THAT(made.notes, Contains(HasSubstr("it is not what its name says")));
  EXPECT_EQ(made.plans, 1U);
}

TEST_F(RebuildTest, AnotherProgramsFileIsRefusedUntouched) {
  fs::create_directories(database_file().parent_path());
  SQLite::Database(database_file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE a (b)");
  const std::string before = read_file(database_file());
  EXPECT_THAT(error_of([&] { rebuild(database_file()); }), HasSubstr("of another program"));
  EXPECT_EQ(read_file(database_file()), before);
}

TEST_F(RebuildTest, ASecondDatabaseThatSharesTheRunsHasTheSamePlans) {
  fill();
  const auto before = rows();
  fs::create_directories(folder_ / "second" / "results");
  fs::create_directory_symlink(folder_ / "runs", folder_ / "second" / "runs");
  Database second(folder_ / "second" / "results" / "sslx.db");
  take_in_events(second);
  const auto after = all_rows(second);
  EXPECT_EQ(after.at("plan"), before.at("plan"));
  EXPECT_EQ(after.at("plan_trial"), before.at("plan_trial"));
}

TEST_F(RebuildTest, ALineThatACrashCutIsPassedOver) {
  fill();
  const auto before = rows();
  const fs::path file = folder_ / "runs" / "record.jsonl";
  const std::string text = read_file(file);
  write_file(file, text + R"({"event":"plan","defin)");
  rebuild(database_file());
  EXPECT_EQ(rows(), before);
  append_event(folder_ / "runs", "other", {});
  EXPECT_EQ(read_events(folder_ / "runs").size(),
            read_events_from(folder_ / "runs", 0).events.size());
  EXPECT_EQ(read_events(folder_ / "runs").back().at("event"), "other");
}

/// One that cannot be read is not an empty one: nothing is registered beside what it holds.
TEST_F(RebuildTest, LinesThatCannotBeReadAreNoneThatAreNotThere) {
  Database database(database_file());
  const RunSpec spec{.id = "20260101-000001-aaaaaa"};
  register_sweep(database, sweep({spec}));
  const fs::path file = folder_ / "runs" / "record.jsonl";
  fs::rename(file, folder_ / "kept");
  fs::create_directory(file);
  const std::string why = file.string() + " cannot be ";
  EXPECT_THAT(error_of([&] { read_events(folder_ / "runs"); }), HasSubstr(why + "read: "));
  EXPECT_THAT(error_of([&] { take_in_events(database); }), HasSubstr(why + "read: "));
  EXPECT_THAT(error_of([&] { register_sweep(database, sweep({spec})); }), HasSubstr(why));
  fs::remove(file);
  EXPECT_TRUE(read_events(folder_ / "runs").empty());
  fs::rename(folder_ / "kept", file);
  register_sweep(database, sweep({spec}));
  EXPECT_EQ(count(database, "SELECT count(*) FROM plan"), 1);
}

/// A line is passed over for good only for what is wrong with it.
TEST_F(RebuildTest, APlanThatCannotBeReadNowIsTakenInLater) {
  fill();
  const auto before = rows();
  const fs::path plans = folder_ / "runs" / "plans";
  const fs::path file = fs::directory_iterator(plans)->path();
  fs::create_directories(folder_ / "second" / "results");
  fs::create_directory_symlink(folder_ / "runs", folder_ / "second" / "runs");
  fs::rename(file, folder_ / "kept");
  fs::create_directory(file);
  Database second(folder_ / "second" / "results" / "sslx.db");
  EXPECT_THAT(error_of([&] { take_in_events(second); }), HasSubstr(" cannot be read: "));
  fs::remove(file);
  fs::rename(folder_ / "kept", file);
  EXPECT_THAT(take_in_events(second), IsEmpty());
  EXPECT_EQ(all_rows(second).at("plan_trial"), before.at("plan_trial"));
}

TEST_F(RebuildTest, ABackupIsWhole) {
  fill();
  Database database(database_file());
  database.back_up(folder_ / "copy.db");
  Database copy(folder_ / "copy.db");
  EXPECT_EQ(all_rows(copy), all_rows(database));
  EXPECT_THAT(error_of([&] { database.back_up(folder_ / "copy.db"); }),
              HasSubstr("is there already"));
}

}  // namespace
}  // namespace sslx::record::test
