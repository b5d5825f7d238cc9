#include "host/sweep/merge_source.h"

#include <gmock/gmock.h>
#include <sslx/error.h>

#include "host/record/connection.h"
#include "host/record/record_journal.h"
#include "tests/host/record/record_fixture.h"

namespace sslx::sweep {
namespace {

using record::test::count;
using record::test::error_of;
using record::test::RecordTest;
using record::test::RunSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const RunSpec kOne{.id = "20260101-000001-aaaaaa", .seed = 0};
const RunSpec kTwo{.id = "20260101-000002-aaaaaa", .seed = 1};

/// folder_ is the other home; ours has nothing.
class MergeSourceTest : public RecordTest {
 protected:
  MergeSourceTest() {
    record::Database other(database_file());
    for (const RunSpec& spec : {kOne, kTwo}) record_run(other, spec);
    register_sweep(other, sweep({kOne, kTwo}));
  }
  ~MergeSourceTest() override {
    std::error_code ignored;
    fs::remove_all(ours_, ignored);
  }

  MergedSource merge(const fs::path& source) { return merge_source(database_, {runs_, source}); }
  std::string directory(const RunSpec& spec) {
    std::string out;
    database_.read([&](record::Connection& handle) {
      out = handle.execAndGet("SELECT directory FROM run WHERE id = '" + spec.id + "'").getString();
    });
    return out;
  }

  fs::path ours_ = folder_.string() + "-ours";
  fs::path runs_ = ours_ / "runs";
  record::Database database_{ours_ / "results" / "sslx.db"};
};

TEST_F(MergeSourceTest, AHomeComesWithItsJournals) {
  const MergedSource merged = merge(folder_);
  EXPECT_THAT(merged.news.runs, ElementsAre(kOne.id, kTwo.id));
  EXPECT_EQ(merged.folders, 2U);
  EXPECT_EQ(record::test::read_file(runs_ / kOne.id / "journal.jsonl"),
            record::test::read_file(folder_ / "runs" / kOne.id / "journal.jsonl"));
  EXPECT_EQ(directory(kOne), (runs_ / kOne.id).string());
  // Of the runs the journals are there; what is kept beside them has the plan alone.
  const auto events = record::read_events(runs_);
  ASSERT_EQ(events.size(), 1U);
  const fs::path kept = runs_ / events[0].at("file").get<std::string>();
  EXPECT_EQ(kept.filename().string(), events[0].at("sha256").get<std::string>() + ".db");
  record::Database copy(kept);
  EXPECT_EQ(count(copy, "SELECT count(*) FROM run"), 0);
  EXPECT_EQ(count(copy, "SELECT count(*) FROM plan"), 1);
  EXPECT_TRUE(merge(folder_).news.is_empty());
  EXPECT_EQ(record::read_events(runs_).size(), 1U);
}

TEST_F(MergeSourceTest, ADatabaseAloneIsKept) {
  EXPECT_EQ(merge(database_file()).folders, 0U);
  const fs::path kept = runs_ / record::read_events(runs_).at(0).at("file").get<std::string>();
  record::Database copy(kept);
  EXPECT_EQ(count(copy, "SELECT count(*) FROM run"), 2);
  // The same home's folder, later: the journals come, and say where the runs are now.
  const MergedSource merged = merge(folder_);
  EXPECT_EQ(merged.folders, 2U);
  EXPECT_EQ(directory(kTwo), (runs_ / kTwo.id).string());
  EXPECT_TRUE(merge(database_file()).news.is_empty());
}

TEST_F(MergeSourceTest, RunsWithoutARecordAreTakenInFromTheirFolderWithTheirPlan) {
  fs::remove_all(folder_ / "results");
  const MergedSource merged = merge(folder_ / "runs");
  EXPECT_EQ(merged.news.runs.size(), 2U);
  EXPECT_EQ(merged.news.plans, 1U);
  EXPECT_EQ(count(database_, "SELECT count(*) FROM plan"), 1);
  EXPECT_TRUE(merge(folder_ / "runs").news.is_empty());
}

TEST_F(MergeSourceTest, OfRunsWithNothingBesideThemTheJournalsSayItAll) {
  fs::remove_all(folder_ / "results");
  fs::remove(folder_ / "runs" / "record.jsonl");
  const MergedSource merged = merge(folder_ / "runs");
  EXPECT_EQ(merged.news.runs.size(), 2U);
  EXPECT_EQ(merged.news.plans, 0U);
  EXPECT_TRUE(record::read_events(runs_).empty());
}

TEST_F(MergeSourceTest, ARunThatGoesOnOrIsDamagedIsLeftOut) {
  fs::remove(folder_ / "runs" / kOne.id / "exit.json");
  record::test::write_file(folder_ / "runs" / kTwo.id / "request.json", "garbage");
  fs::remove_all(folder_ / "results");
  const MergedSource merged = merge(folder_);
  EXPECT_EQ(merged.news.running, 1U);
  EXPECT_TRUE(merged.news.runs.empty());
  ASSERT_EQ(merged.notes.size(), 1U);
  EXPECT_THAT(merged.notes[0], HasSubstr("run " + kTwo.id + " is left out"));
}

TEST_F(MergeSourceTest, AFolderThatContradictsIsNamedAndStays) {
  const fs::path file = runs_ / kOne.id / "request.json";
  record::test::write_file(file, "{}");
  EXPECT_THAT(error_of([&] { merge(folder_); }),
              HasSubstr("run " + kOne.id + ": its request is another one there"));
  EXPECT_EQ(record::test::read_file(file), "{}");
  EXPECT_FALSE(fs::exists(runs_ / kTwo.id));
  EXPECT_EQ(count(database_, "SELECT count(*) FROM run"), 0);
  EXPECT_TRUE(record::read_events(runs_).empty());
}

TEST_F(MergeSourceTest, WhatIsNoRecordIsRefused) {
  EXPECT_THAT(error_of([&] { merge(folder_ / "none"); }),
              HasSubstr("there is no such file or folder"));
  fs::create_directories(folder_ / "empty");
  EXPECT_THAT(error_of([&] { merge(folder_ / "empty"); }), HasSubstr("is no home"));
  EXPECT_THAT(error_of([&] { merge(ours_); }), HasSubstr("is this home itself"));
}

}  // namespace
}  // namespace sslx::sweep
