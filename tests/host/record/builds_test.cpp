#include "host/record/builds.h"

#include <gmock/gmock.h>

#include "host/record/pivot.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A method's library was replaced by another build and back again, with two seeds.
class BuildsTest : public RecordTest {
 protected:
  void run(const std::string& library, uint64_t seed, double knn,
           const std::string& state = "completed") {
    const std::string id = "20260101-0000" + std::to_string(10 + runs_++) + "-aaaaaa";
    record_run(database_,
               {.id = id, .seed = seed, .knn = knn, .plugin_sha256 = library, .state = state});
  }
  static std::vector<double> values(const Pivot& pivot, size_t row = 0) {
    std::vector<double> out;
    for (const Sample& sample : pivot.rows.at(row).cells.at(0).samples) {
      out.push_back(sample.value);
    }
    return out;
  }
  Pivot table(const TableRequest& request = {"demo"}) { return pivot_sweep(database_, request); }
  static TableRequest installed(const std::string& library) {
    return {"demo", 0, "", {{"host", "hh"}, {"method simclr", library}}};
  }

  Database database_{database_file()};
  int runs_ = 0;
};

TEST_F(BuildsTest, ACellIsNeverOfTwo) {
  register_sweep(database_, sweep({{.seed = 0}, {.seed = 1}}));
  run("aaaaaaaa1", 0, 10);
  run("aaaaaaaa1", 1, 12);
  run("bbbbbbbb2", 0, 40);  // interrupted after its first seed
  const Pivot pivot = table();
  EXPECT_THAT(values(pivot), ElementsAre(10, 12));  // the newest complete set
  EXPECT_TRUE(pivot.missing.empty());
  ASSERT_EQ(pivot.builds.size(), 2U);
  EXPECT_EQ(pivot.builds[0].words, "method simclr bbbbbbbb");
  EXPECT_EQ(pivot.builds[0].done, 1U);
  EXPECT_FALSE(pivot.builds[0].shown);
  EXPECT_TRUE(pivot.builds[1].shown);
  run("bbbbbbbb2", 1, 42);
  EXPECT_THAT(values(table()), ElementsAre(40, 42));
  EXPECT_EQ(table().stale, 2U);
}

/// What a sweep prints is of what is installed, also when something else ran later.
TEST_F(BuildsTest, TheInstalledOnesOnly) {
  register_sweep(database_, sweep({{.seed = 0}, {.seed = 1}}));
  run("aaaaaaaa1", 0, 10);
  run("aaaaaaaa1", 1, 12);
  run("bbbbbbbb2", 0, 40);
  run("bbbbbbbb2", 1, 42);
  EXPECT_THAT(values(table(installed("aaaaaaaa1"))), ElementsAre(10, 12));
  EXPECT_THAT(values(table(installed("bbbbbbbb2"))), ElementsAre(40, 42));
  const Pivot none = table(installed("cccccccc3"));
  EXPECT_TRUE(values(none).empty());
  EXPECT_EQ(none.missing.size(), 2U);
  TableRequest other_host = installed("aaaaaaaa1");
  other_host.installed["host"] = "other";
  EXPECT_TRUE(values(table(other_host)).empty());
}

TEST_F(BuildsTest, ChosenByADigest) {
  register_sweep(database_, sweep({{.seed = 0}}));
  run("aaaaaaaa1", 0, 10);
  run("bbbbbbbb2", 0, 40);
  EXPECT_THAT(values(table({"demo", 0, "aaaa"})), ElementsAre(10));
  EXPECT_THAT(values(table({"demo", 0, table().builds[1].fingerprint.substr(0, 8)})),
              ElementsAre(10));
  EXPECT_THAT(error_of([&] {
                table({"demo", 0, "ffff"});
              }),
              HasSubstr("whose digest begins with 'ffff'"));
}

TEST_F(BuildsTest, SideBySide) {
  register_sweep(database_, sweep({{.seed = 0}, {.seed = 1}}));
  run("aaaaaaaa1", 0, 10);
  run("aaaaaaaa1", 1, 12);
  run("bbbbbbbb2", 0, 40);
  const Pivot pivot = table({"demo", 0, "", {}, true});
  EXPECT_THAT(pivot.row_names, ElementsAre("variant", "plugins"));
  ASSERT_EQ(pivot.rows.size(), 2U);
  EXPECT_THAT(pivot.rows[0].key, ElementsAre("A", "method simclr bbbbbbbb"));
  EXPECT_THAT(values(pivot, 0), ElementsAre(40));
  EXPECT_EQ(pivot.rows[0].cells[0].planned, 2U);
  EXPECT_THAT(values(pivot, 1), ElementsAre(10, 12));
}

TEST_F(BuildsTest, ADivergedTrialCompletesASet) {
  register_sweep(database_, sweep({{.seed = 0}, {.seed = 1}}));
  run("aaaaaaaa1", 0, 10);
  run("aaaaaaaa1", 1, 12);
  run("bbbbbbbb2", 0, 40);
  run("bbbbbbbb2", 1, 0, "diverged");
  EXPECT_THAT(values(table()), ElementsAre(40));
}

/// A newer build of which no run ended leaves the table as it is, and says that it is there.
TEST_F(BuildsTest, ANewerBuildThatFailedIsSaid) {
  register_sweep(database_, sweep({{}}));
  run("old", 0, 40);
  run("new", 0, 0, "failed");
  const Pivot pivot = table();
  EXPECT_THAT(values(pivot), ElementsAre(40));
  ASSERT_EQ(pivot.builds.size(), 2U);
  EXPECT_EQ(pivot.builds[0].words, "method simclr new");
  EXPECT_EQ(pivot.builds[0].done, 0U);
}

/// A variant whose plugin did not change belongs to both sets, so that each is complete.
TEST_F(BuildsTest, WhatDidNotChangeBelongsToBoth) {
  Digests old{{"host", "h"}, {"method a", "1"}};
  PlanBuilds builds;
  builds.planned = 2;
  builds.by_provenance["p1"] = {{{"host", "h"}, {"method a", "1"}}, {"p1"}, {"t1"}, "2026-01"};
  builds.by_provenance["p2"] = {{{"host", "h"}, {"method b", "5"}}, {"p2"}, {"t2"}, "2026-02"};
  builds.by_provenance["p3"] = {{{"host", "h"}, {"method a", "2"}}, {"p3"}, {}, "2026-03"};
  gather(builds);
  ASSERT_EQ(builds.builds.size(), 2U);
  EXPECT_EQ(builds.builds[0].digests.at("method a"), "2");
  EXPECT_EQ(builds.newest_complete()->digests.at("method a"), "1");
  EXPECT_EQ(builds.newest_complete()->done.size(), 2U);
  EXPECT_THAT(builds.differing(), ElementsAre("method a"));
}

}  // namespace
}  // namespace sslx::record::test
