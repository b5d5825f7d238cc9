#include "host/record/standing.h"

#include <gtest/gtest.h>

#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using nlohmann::json;

class StandingTest : public RecordTest {
 protected:
  Pivot pivot_of(const json& table) {
    std::vector<RunSpec> specs;
    const auto add = [&](const char* variant, const std::vector<double>& values,
                         const char* state = "completed") {
      for (size_t seed = 0; seed < values.size(); ++seed) {
        specs.push_back({.id = "20260101-0000" + std::to_string(specs.size() + 10) + "-aaaaaa",
                         .variant = variant,
                         .seed = seed,
                         .knn = values[seed],
                         .state = state});
      }
    };
    add("A", {50, 60, 55});
    add("B", {49.8, 60.1, 54.9});
    add("C", {45, 55, 50.2});
    add("D", {10, 10, 10}, "collapsed");
    specs.push_back({.id = "20260101-000090-aaaaaa", .variant = "E", .state = "failed"});
    specs.push_back({.id = "", .variant = "F"});
    SweepDefinition definition = sweep(specs);
    definition.table.update(table);
    Database database(database_file());
    register_sweep(database, definition);
    for (const RunSpec& spec : specs) {
      if (!spec.id.empty()) record_run(database, spec);
    }
    return pivot_sweep(database, {"demo"});
  }
};

/// B is told from A by no interval of differences; C, as near in its mean as their spread, is.
TEST_F(StandingTest, TheBestAndWhatIsNotToldFromIt) {
  const Pivot pivot = pivot_of(json::object());
  ASSERT_EQ(pivot.columns[0].metric, "knn_top1");
  EXPECT_EQ(pivot.rows[0].cells[0].standing, Standing::kBest);
  EXPECT_EQ(pivot.rows[1].cells[0].standing, Standing::kTied);
  EXPECT_EQ(pivot.rows[2].cells[0].standing, Standing::kNone);
  EXPECT_FALSE(pivot.rows[0].cells[0].delta.has_value());
}

TEST_F(StandingTest, CellsKnowTheStatesOfTheirRuns) {
  const Pivot pivot = pivot_of(json::object());
  EXPECT_TRUE(pivot.rows[0].cells[0].states.empty());
  EXPECT_EQ(pivot.rows[3].cells[0].states.at("collapsed"), 3U);
  EXPECT_EQ(pivot.rows[4].cells[0].states.at("failed"), 1U);
  EXPECT_EQ(pivot.rows[5].cells[0].states.at("missing"), 1U);
}

TEST_F(StandingTest, DifferencesToABaselineAreBySeed) {
  const Pivot pivot = pivot_of({{"baseline", {{"variant", "C"}}}});
  const Statistic delta = pivot.rows[0].cells[0].delta.value();
  EXPECT_EQ(delta.n, 3U);
  EXPECT_NEAR(delta.mean, (5 + 5 + 4.8) / 3, 1e-9);
  EXPECT_NEAR(delta.half_width.value_or(0), 4.3027 * 0.11547 / 1.7321, 1e-3);
  EXPECT_FALSE(pivot.rows[2].cells[0].delta.has_value());
  EXPECT_TRUE(pivot_of({{"baseline", {{"variant", "X"}}}}).baseline.is_null());
}

}  // namespace
}  // namespace sslx::record::test
