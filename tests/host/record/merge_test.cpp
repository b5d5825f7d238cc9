#include "host/record/merge.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sslx/detail/digest.h>

#include <fstream>

#include "host/record/connection.h"
#include "host/record/pivot.h"
#include "host/record/schema.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RunSpec spec(int number, uint64_t seed) {
  return {.id = "20260101-00000" + std::to_string(number) + "-aaaaaa", .seed = seed};
}

class MergeTest : public RecordTest {
 protected:
  /// A record of its own with these runs and their plan, of which the option is --seeds `seeds`.
  fs::path record(const std::string& name, const std::string& seeds,
                  const std::vector<RunSpec>& specs) {
    const fs::path file = folder_ / name;
    Database database(file);
    for (const RunSpec& one : specs) record_run(database, one);
    SweepDefinition definition = sweep(specs);
    definition.options = {"--set", "t=0.5", "--seeds", seeds};
    register_sweep(database, definition);
    return file;
  }

  fs::path copy(const fs::path& file) {
    const fs::path out = folder_ / ("copy-" + std::to_string(++copies_) + ".db");
    copy_database(file, out);
    return out;
  }

  MergeNews merge(Database& database, const fs::path& file) {
    return merge_record(database, copy(file), folder_ / "elsewhere", file.filename().string());
  }

  /// A new record of these, in this order.
  std::string merged(const std::string& name, const std::vector<fs::path>& files) {
    Database database(folder_ / name);
    for (const fs::path& file : files) merge(database, file);
    return dump(database);
  }

  /// Every row of every table, in the order of its key.
  static std::string dump(Database& database) {
    std::string out;
    database.read([&](Connection& handle) {
      SQLite::Statement tables(handle,
                               "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1");
      while (tables.executeStep()) {
        const std::string table = tables.getColumn(0).getString();
        out += "\n" + table + "\n";
        SQLite::Statement rows(handle, "SELECT * FROM " + table + " ORDER BY 1, 2");
        while (rows.executeStep()) {
          for (int i = 0; i < rows.getColumnCount(); ++i)
            out += rows.getColumn(i).getString() + "|";
          out += '\n';
        }
      }
    });
    return out;
  }

  static void change(const fs::path& file, const std::string& sql) {
    SQLite::Database handle(file.string(), SQLite::OPEN_READWRITE);
    handle.exec(sql);
  }

  /// What merging the second into the first is refused with; the first stays as it was.
  std::string refusal(const fs::path& ours, const fs::path& theirs) {
    Database database(ours);
    const std::string before = dump(database);
    const std::string out = error_of([&] { merge(database, theirs); });
    EXPECT_EQ(dump(database), before);
    return out;
  }

  int copies_ = 0;
};

TEST_F(MergeTest, TheOrderDoesNotMatter) {
  const fs::path a = record("a.db", "0,1", {spec(1, 0), spec(4, 1)});
  const fs::path b = record("b.db", "[2]", {spec(2, 2)});
  const fs::path c = record("c.db", "3", {spec(3, 0), spec(5, 3)});  // seed 0 once more
  const std::string once = merged("abc.db", {a, b, c});
  EXPECT_EQ(merged("cba.db", {c, b, a}), once);
  EXPECT_EQ(merged("bac.db", {b, a, c}), once);
  EXPECT_EQ(merged("twice.db", {b, a, b, c, a}), once);
  // By way of a record that is itself merged.
  EXPECT_EQ(merged("way.db", {folder_ / "bac.db", c}), once);
  Database database(folder_ / "abc.db");
  EXPECT_EQ(count(database, "SELECT max(attempt) FROM run"), 2);
}

TEST_F(MergeTest, SeedsOfTwoRecordsAreOneTable) {
  const fs::path a = record("a.db", "0,1", {spec(1, 0), spec(2, 1)});
  const fs::path b = record("b.db", "2,3", {spec(3, 2), spec(4, 3)});
  merged("ab.db", {a, b});
  Database database(folder_ / "ab.db");
  const Pivot pivot = pivot_sweep(database, {"demo"});
  EXPECT_EQ(pivot.rows.at(0).cells.at(0).samples.size(), 4U);
  EXPECT_THAT(pivot.missing, IsEmpty());
  EXPECT_THAT(pivot.plan.options, ElementsAre("--set", "t=0.5", "--seeds", "0,1,2,3"));
  EXPECT_EQ(pivot.plan.number, 3);
  EXPECT_EQ(count(database, "SELECT count(*) FROM plan WHERE joined"), 1);
  EXPECT_EQ(pivot.command, "sslx sweep demo.toml --set t=0.5 --seeds 0,1,2,3");
}

TEST_F(MergeTest, PlansOfOtherOptionsAreNotJoined) {
  const fs::path a = record("a.db", "0", {spec(1, 0)});
  const fs::path b = folder_ / "b.db";
  {
    Database database(b);
    SweepDefinition definition = sweep({spec(2, 1)});
    definition.options = {"--set", "t=0.1", "--seeds", "1"};
    register_sweep(database, definition);
  }
  merged("ab.db", {a, b});
  Database database(folder_ / "ab.db");
  EXPECT_EQ(count(database, "SELECT count(*) FROM plan"), 2);
}

TEST_F(MergeTest, ARunThatWasLostHereIsTakenFromThere) {
  const fs::path whole = record("whole.db", "0", {spec(1, 0)});
  const fs::path lost = record("lost.db", "0", {spec(1, 0)});
  change(lost,
         "UPDATE run SET state = 'lost', message = 'gone', next_line = 3, finished = NULL, "
         "weights_sha256 = NULL; DELETE FROM metric WHERE line >= 3; DELETE FROM event "
         "WHERE line >= 3; DELETE FROM result");
  Database database(lost);
  EXPECT_THAT(merge(database, whole).runs, ElementsAre(spec(1, 0).id));
  EXPECT_EQ(count(database,
                  "SELECT count(*) FROM run WHERE state = 'completed' AND message = '' "
                  "AND weights_sha256 = 'ww'"),
            1);
  EXPECT_EQ(count(database, "SELECT count(*) FROM result"), 1);
  EXPECT_TRUE(merge(database, whole).is_empty());
  Database other(whole);
  EXPECT_THAT(merge(other, record("lost2.db", "0", {spec(1, 0)})).runs, IsEmpty());
}

TEST_F(MergeTest, RunsThatGoOnAreLeftOut) {
  const fs::path a = record("a.db", "0,1", {spec(1, 0), spec(2, 1)});
  change(a, "UPDATE run SET state = 'running' WHERE id LIKE '%1-aaaaaa'");
  Database database(folder_ / "new.db");
  const MergeNews news = merge(database, a);
  EXPECT_EQ(news.running, 1U);
  EXPECT_THAT(news.runs, ElementsAre(spec(2, 1).id));
}

TEST_F(MergeTest, ContradictionsAreNamed) {
  const fs::path a = record("a.db", "0", {spec(1, 0)});
  const auto refused = [&](const std::string& sql) {
    static int number = 0;
    const fs::path b = record("b" + std::to_string(++number) + ".db", "0", {spec(1, 0)});
    change(b, sql);
    return refusal(a, b);
  };
  const std::string run = "run " + spec(1, 0).id;
  EXPECT_THAT(refused("UPDATE result SET value = 99"),
              AllOf(HasSubstr("contradicts this record, and nothing of it was taken in"),
                    HasSubstr(run + ": its rows of result are others there")));
  EXPECT_THAT(refused("UPDATE metric SET value = 99 WHERE line = 2"), HasSubstr("rows of metric"));
  EXPECT_THAT(refused("UPDATE run SET state = 'failed'"),
              HasSubstr(run + ": it is completed here and failed there"));
  EXPECT_THAT(refused("UPDATE run SET weights_sha256 = 'xx'"),
              HasSubstr("its weights_sha256 is another one there"));
  EXPECT_THAT(refused("UPDATE run SET host_sha256 = 'xx'"), HasSubstr("its host_sha256"));
  EXPECT_THAT(refused("UPDATE run_plugin SET sha256 = 'xx'"), HasSubstr("rows of run_plugin"));
  EXPECT_THAT(refused("UPDATE protocol SET json = '{}'"), HasSubstr("its text is another one"));
  EXPECT_THAT(refused("UPDATE trial SET config = '{}'"),
              HasSubstr("its configuration or seed is another one there"));
  EXPECT_THAT(refused("UPDATE trial SET seed = 9; UPDATE protocol SET json = '{}'"),
              HasSubstr("there are 2 conflicts"));
}

TEST_F(MergeTest, OnlyARecordOfSslxIsCopied) {
  const auto refused = [&](const std::string& name, const std::string& sql) {
    const fs::path file = record(name, "0", {spec(1, 0)});
    change(file, sql);
    const std::string before = read_file(file);
    const std::string out = error_of([&] { copy(file); });
    EXPECT_EQ(read_file(file), before);
    return out;
  };
  EXPECT_THAT(refused("newer.db", "PRAGMA user_version = 99"), HasSubstr("made by a newer sslx"));
  EXPECT_THAT(refused("foreign.db", "PRAGMA application_id = 7"), HasSubstr("another program"));
  EXPECT_THAT(refused("trigger.db", "CREATE TRIGGER evil AFTER INSERT ON run BEGIN SELECT 1; END"),
              HasSubstr("its trigger evil is missing or foreign"));
  EXPECT_THAT(refused("view.db", "DROP VIEW v_runs"), HasSubstr("its view v_runs is missing"));
  write_file(folder_ / "text.db", std::string(5000, 'x'));
  EXPECT_THAT(error_of([&] { copy(folder_ / "text.db"); }), HasSubstr("no database"));
}

TEST_F(MergeTest, AnOlderRecordIsMigratedOnTheCopyAlone) {
  const fs::path old = folder_ / "old.db";
  {
    SQLite::Database handle(old.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    handle.exec(kMigrations.at(0));
    handle.exec("PRAGMA user_version = 1");
    handle.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
    handle.exec(
        "INSERT INTO trial VALUES ('t', '{}', 'd', 4, 'shapes', 'f', 'm', 'b', '2026');"
        "INSERT INTO sweep VALUES (1, 'old', '', 'old.toml', 'x', 'y', '{}', 1, '2026', "
        "'2026'); INSERT INTO sweep_trial VALUES (1, 0, 't', '', '{}')");
  }
  const std::string before = read_file(old);
  Database database(folder_ / "new.db");
  EXPECT_EQ(merge(database, old).plans, 1U);
  EXPECT_EQ(read_file(old), before);
  EXPECT_EQ(count(database, "SELECT count(*) FROM plan WHERE sweep = 'old'"), 1);
  EXPECT_TRUE(merge(database, old).is_empty());
}

TEST_F(MergeTest, WhatAMergeKeptMakesTheSameRecordAgain) {
  const fs::path a = record("a.db", "0,1", {spec(1, 0), spec(2, 1)});
  const fs::path kept = folder_ / "elsewhere" / "merged" / "kept.db";
  fs::create_directories(kept.parent_path());
  copy_database(a, kept);
  keep_runs(kept, {spec(1, 0).id});
  const nlohmann::json line{{"file", "merged/kept.db"}, {"sha256", sha256_file(kept)}};
  Database database(folder_ / "new.db");
  merge_kept(database, folder_ / "elsewhere", line);
  EXPECT_EQ(count(database, "SELECT count(*) FROM run"), 1);
  EXPECT_EQ(count(database, "SELECT count(*) FROM trial"), 2);
  EXPECT_EQ(count(database, "SELECT count(*) FROM metric"), 4);
  std::ofstream(kept, std::ios::app) << 'x';
  EXPECT_THAT(error_of([&] { merge_kept(database, folder_ / "elsewhere", line); }),
              HasSubstr("is another file now"));
  fs::remove(kept);
  EXPECT_THAT(error_of([&] { merge_kept(database, folder_ / "elsewhere", line); }),
              HasSubstr("is gone"));
}

}  // namespace
}  // namespace sslx::record::test
