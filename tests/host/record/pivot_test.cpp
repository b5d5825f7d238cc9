#include "host/record/pivot.h"

#include <gmock/gmock.h>

#include "host/record/pivot_data.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PivotTest : public RecordTest {
 protected:
  Database database_{database_file()};
};

TEST_F(PivotTest, MissingSeedsAreCounted) {
  const RunSpec a0{.id = "20260101-000001-aaaaaa", .knn = 40};
  const RunSpec a1{.id = "20260101-000002-aaaaaa", .seed = 1, .knn = 42};
  const RunSpec b0{.id = "20260101-000003-aaaaaa", .variant = "B", .knn = 50};
  const RunSpec b1{.id = "", .variant = "B", .seed = 1};
  register_sweep(database_, sweep({a0, a1, b0, b1}));
  for (const RunSpec& spec : {a0, a1, b0}) record_run(database_, spec);
  const Pivot pivot = pivot_sweep(database_, {"demo"});
  ASSERT_EQ(pivot.rows.size(), 2U);
  EXPECT_EQ(pivot.rows[0].cells[0].statistic.mean, 41);
  EXPECT_NEAR(pivot.rows[0].cells[0].statistic.half_width.value_or(0), 12.706, 1e-3);
  EXPECT_EQ(pivot.rows[1].cells[0].samples.size(), 1U);
  EXPECT_EQ(pivot.rows[1].cells[0].planned, 2U);
  EXPECT_THAT(pivot.missing, ElementsAre("B, seed 1"));
}

TEST_F(PivotTest, TwoProtocolsAreTwoColumns) {
  const RunSpec a{.id = "20260101-000001-aaaaaa", .knn = 40};
  const RunSpec b{.id = "20260101-000002-aaaaaa", .variant = "B", .knn = 50, .k = 200};
  register_sweep(database_, sweep({a, b}));
  record_run(database_, a);
  record_run(database_, b);
  const Pivot pivot = pivot_sweep(database_, {"demo"});
  ASSERT_EQ(pivot.columns.size(), 5U);
  EXPECT_EQ(pivot.columns[0].metric, "knn_top1");
  EXPECT_EQ(pivot.columns[1].metric, "knn_top1");
  EXPECT_TRUE(pivot.columns[0].ambiguous);
  EXPECT_NE(pivot.columns[0].protocol, pivot.columns[1].protocol);
  for (const PivotRow& row : pivot.rows) {
    EXPECT_EQ(row.cells[0].samples.size() + row.cells[1].samples.size(), 1U);
  }
  EXPECT_EQ(pivot.protocols.size(), 2U);
}

TEST_F(PivotTest, OtherBuildsAreStale) {
  const RunSpec old{.id = "20260101-000001-aaaaaa", .knn = 10, .plugin_sha256 = "old"};
  const RunSpec now{.id = "20260101-000002-aaaaaa", .knn = 40, .plugin_sha256 = "new"};
  register_sweep(database_, sweep({old}));
  record_run(database_, old);
  EXPECT_EQ(pivot_sweep(database_, {"demo"}).stale, 0U);
  EXPECT_TRUE(pivot_sweep(database_, {"demo"}).builds.empty());
  record_run(database_, now);
  const Pivot pivot = pivot_sweep(database_, {"demo"});
  EXPECT_EQ(pivot.stale, 1U);
  ASSERT_EQ(pivot.rows[0].cells[0].samples.size(), 1U);
  EXPECT_EQ(pivot.rows[0].cells[0].samples[0].run, now.id);
}

/// One that diverged is as final as one that collapsed, but has no figures.
TEST_F(PivotTest, ADivergedTrialIsNotMissing) {
  const RunSpec good{.id = "20260101-000001-aaaaaa", .knn = 40};
  const RunSpec bad{
      .id = "20260101-000002-aaaaaa", .seed = 1, .state = "diverged", .message = "loss is nan"};
  register_sweep(database_, sweep({good, bad}));
  record_run(database_, good);
  record_run(database_, bad);
  const Pivot pivot = pivot_sweep(database_, {"demo"});
  EXPECT_TRUE(pivot.missing.empty());
  EXPECT_EQ(pivot.rows[0].cells[0].samples.size(), 1U);
  EXPECT_EQ(pivot.rows[0].cells[0].planned, 2U);
  ASSERT_EQ(pivot.notes.size(), 1U);
  EXPECT_EQ(pivot.notes[0].state, "diverged");
  EXPECT_EQ(list_sweeps(database_).at(0).done, 2);
}

TEST_F(PivotTest, AFigureThatNoRunHasIsTold) {
  const RunSpec a{.id = "20260101-000001-aaaaaa"};
  SweepDefinition definition = sweep({a});
  definition.table = {{"metrics", {"knn_top1", "spread", "seeds"}}};
  register_sweep(database_, definition);
  EXPECT_TRUE(pivot_sweep(database_, {"demo"}).unknown.empty());  // nothing ran
  record_run(database_, a);
  EXPECT_THAT(pivot_sweep(database_, {"demo"}).unknown, ElementsAre("spread"));
}

/// Averaging over anything but seeds would be a lie.
TEST_F(PivotTest, ACellNeverMixesConfigurations) {
  const RunSpec cold{.id = "20260101-000001-aaaaaa", .axes = {{"method.temperature", 0.1}}};
  const RunSpec warm{.id = "20260101-000002-aaaaaa", .axes = {{"method.temperature", 0.5}}};
  register_sweep(database_, sweep({cold, warm}));
  const Pivot pivot = pivot_sweep(database_, {"demo"});
  EXPECT_THAT(pivot.row_names, ElementsAre("variant", "method.temperature"));
  EXPECT_EQ(pivot.rows.size(), 2U);
}

TEST_F(PivotTest, AnAxisAsColumns) {
  const RunSpec cold{.id = "20260101-000001-aaaaaa", .axes = {{"method.temperature", 0.1}}};
  const RunSpec warm{.id = "20260101-000002-aaaaaa", .axes = {{"method.temperature", 0.5}}};
  SweepDefinition definition = sweep({cold, warm});
  definition.table = {{"columns", {"method.temperature"}}, {"metrics", {"knn_top1"}}};
  register_sweep(database_, definition);
  record_run(database_, warm);
  const Pivot pivot = pivot_sweep(database_, {"demo"});
  ASSERT_EQ(pivot.rows.size(), 1U);
  ASSERT_EQ(pivot.columns.size(), 2U);
  EXPECT_THAT(pivot.columns[1].key, ElementsAre("0.5"));
  EXPECT_TRUE(pivot.rows[0].cells[0].samples.empty());
  EXPECT_EQ(pivot.rows[0].cells[1].samples.size(), 1U);
}

TEST_F(PivotTest, AnUnknownPathIsNamed) {
  SweepDefinition definition = sweep({{.id = ""}});
  definition.table = {{"rows", {"methd"}}};
  register_sweep(database_, definition);
  EXPECT_THAT(error_of([&] { pivot_sweep(database_, {"demo"}); }),
              HasSubstr("names 'methd', which no trial has"));
}

TEST_F(PivotTest, ValuesByPath) {
  const PlannedTrial planned = trial({.seed = 3, .axes = {{"x", {{{"name", "crop"}}, "flip"}}}});
  EXPECT_EQ(trial_value(planned, "method"), "simclr");
  EXPECT_EQ(trial_value(planned, "method.temperature"), "0.5");
  EXPECT_EQ(trial_value(planned, "seed"), "3");
  EXPECT_EQ(trial_value(planned, "x"), "crop+flip");
  EXPECT_EQ(trial_value(planned, "train.lr"), std::nullopt);
}

}  // namespace
}  // namespace sslx::record::test
