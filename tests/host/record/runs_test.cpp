#include "host/record/runs.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include "host/record/connection.h"
#include "host/record/ingest.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

class RunsTest : public RecordTest {
 protected:
  Database database_{database_file()};
};

TEST_F(RunsTest, FinalOnlyByTheSameBuild) {
  record_run(database_, {.id = "20260101-000001-aaaaaa"});
  const std::string identity = trial({}).identity;
  const auto state = [&](const std::string& plugin, const std::string& host) {
    return final_state(database_, identity, {{"method", "simclr", "1.0.0", plugin}}, host);
  };
  EXPECT_EQ(state("aa", "hh"), "completed");
  EXPECT_EQ(state("bb", "hh"), "");
  EXPECT_EQ(state("aa", "other"), "");
  EXPECT_EQ(final_state(database_, "other", {{"method", "simclr", "", "aa"}}, "hh"), "");
}

/// The newest final one, by whatever code: what is kept though it is stale.
TEST_F(RunsTest, FinalByAnyBuild) {
  const std::string identity = trial({}).identity;
  EXPECT_EQ(final_state_by_any(database_, identity), "");
  record_run(database_, {.id = "20260101-000001-aaaaaa", .state = "failed"});
  EXPECT_EQ(final_state_by_any(database_, identity), "");
  record_run(database_, {.id = "20260101-000002-aaaaaa", .plugin_sha256 = "bb"});
  record_run(database_, {.id = "20260101-000003-aaaaaa", .host_sha256 = "h2", .state = "failed"});
  EXPECT_EQ(final_state_by_any(database_, identity), "completed");
  record_run(database_, {.id = "20260101-000004-aaaaaa", .state = "diverged"});
  EXPECT_EQ(final_state_by_any(database_, identity), "diverged");
}

TEST_F(RunsTest, ADivergedRunIsFinalAndAFailedOneIsNot) {
  const auto state = [&] {
    return final_state(database_, trial({}).identity, {{"method", "simclr", "", "aa"}}, "hh");
  };
  record_run(database_, {.id = "20260101-000001-aaaaaa", .state = "failed"});
  EXPECT_EQ(state(), "");
  record_run(database_, {.id = "20260101-000002-aaaaaa", .state = "diverged"});
  EXPECT_EQ(state(), "diverged");
}

/// Those that a new run of the trial may go on from.
TEST_F(RunsTest, EarlierRunsAreOfTheSameBuildAndNewestFirst) {
  record_run(database_, {.id = "20260101-000001-aaaaaa", .state = "interrupted"});
  record_run(database_, {.id = "20260101-000002-aaaaaa", .state = "crashed"});
  record_run(database_,
             {.id = "20260101-000005-aaaaaa", .plugin_sha256 = "bb", .state = "interrupted"});
  record_run(database_, {.id = "20260101-000006-aaaaaa", .seed = 1, .state = "interrupted"});
  record_run(database_,
             {.id = "20260101-000007-aaaaaa", .host_sha256 = "other", .state = "interrupted"});
  const auto found = earlier_runs(database_, trial({}).identity, training_of(trial({})),
                                  {{"method", "simclr", "", "aa"}}, "hh");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].directory, ::testing::EndsWith("000002-aaaaaa"));
  EXPECT_THAT(found[1].directory, ::testing::EndsWith("000001-aaaaaa"));
  EXPECT_TRUE(found[0].same_trial);
}

/// The weights are those of another trial that evaluates otherwise; its own runs come first.
TEST_F(RunsTest, EarlierRunsMayHaveTrainedForAnotherEvaluation) {
  const RunSpec five{.id = "20260101-000002-aaaaaa", .evaluate = {{"knn", {{"k", 5}}}}};
  const RunSpec seven{
      .id = "20260101-000001-aaaaaa", .state = "crashed", .evaluate = {{"knn", {{"k", 7}}}}};
  record_run(database_, five);
  record_run(database_, seven);
  EXPECT_EQ(training_of(trial(five)), training_of(trial(seven)));
  EXPECT_NE(trial(five).identity, trial(seven).identity);
  const auto found = earlier_runs(database_, trial(seven).identity, training_of(trial(seven)),
                                  {{"method", "simclr", "", "aa"}}, "hh");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].directory, ::testing::EndsWith("000001-aaaaaa"));
  EXPECT_FALSE(found[1].same_trial);
  EXPECT_TRUE(earlier_runs(database_, trial(seven).identity, training_of(trial(seven)),
                           {{"method", "simclr", "", "bb"}}, "hh")
                  .empty());
}

TEST_F(RunsTest, ProvenanceKnowsNoOrder) {
  const PluginUse a{"method", "a", "1", "1"};
  const PluginUse b{"backbone", "b", "1", "2"};
  EXPECT_EQ(provenance_of({a, b}, "h"), provenance_of({b, a, b}, "h"));
  EXPECT_NE(provenance_of({a, b}, "h"), provenance_of({a}, "h"));
}

TEST_F(RunsTest, ARunningRunIsMarkedOnce) {
  const auto directory = write_run({.id = "20260101-000001-aaaaaa"});
  std::filesystem::remove(directory / "exit.json");
  EXPECT_EQ(ingest_run(database_, directory), "running");
  EXPECT_EQ(list_runs(database_, "", "running").size(), 1U);
  EXPECT_TRUE(mark_run(database_, "20260101-000001-aaaaaa", "lost", "its process is gone"));
  EXPECT_FALSE(mark_run(database_, "20260101-000001-aaaaaa", "crashed", ""));
  EXPECT_EQ(list_runs(database_, "demo", "lost").at(0).message, "its process is gone");
}

TEST_F(RunsTest, FoundByAUniqueBeginning) {
  record_run(database_, {.id = "20260101-000001-aaaaaa"});
  record_run(database_, {.id = "20260101-000002-bbbbbb"});
  EXPECT_EQ(find_run(database_, "20260101-000002"), "20260101-000002-bbbbbb");
  EXPECT_EQ(error_of([&] { find_run(database_, "2026"); }),
            "'2026' begins more than one run: 20260101-000001-aaaaaa, 20260101-000002-bbbbbb");
  EXPECT_EQ(error_of([&] { find_run(database_, "x"); }), "there is no run 'x' in the record");
  EXPECT_EQ(error_of([&] { list_runs(database_, "", "done"); }),
            "there is no run state 'done'; it must be one of running, completed, failed, "
            "diverged, collapsed, interrupted, timeout, crashed, lost, superseded");
}

/// The views that a person reads with sqlite3.
TEST_F(RunsTest, ViewsHavePlainNames) {
  register_sweep(database_, sweep({{.seed = 0}, {.seed = 1}}));
  record_run(database_, {.id = "20260101-000001-aaaaaa", .knn = 41.5});
  database_.read([](Connection& handle) {
    SQLite::Statement row(
        handle, "SELECT sweep, variant, method, seed, metric, value, unit FROM v_results");
    ASSERT_TRUE(row.executeStep());
    EXPECT_EQ(row.getColumn("method").getString(), "simclr");
    EXPECT_EQ(row.getColumn("value").getDouble(), 41.5);
    EXPECT_FALSE(row.executeStep());
  });
  for (const auto& [view, rows] : std::vector<std::pair<std::string, int64_t>>{{"v_sweeps", 1},
                                                                               {"v_plans", 1},
                                                                               {"v_trials", 2},
                                                                               {"v_runs", 1},
                                                                               {"v_plugins", 1},
                                                                               {"v_metrics", 4},
                                                                               {"v_warnings", 1}}) {
    EXPECT_EQ(count(database_, "SELECT count(*) FROM " + view), rows) << view;
  }
  EXPECT_EQ(count(database_, "SELECT trials_with_result FROM v_sweeps"), 1);
}

}  // namespace
}  // namespace sslx::record::test
