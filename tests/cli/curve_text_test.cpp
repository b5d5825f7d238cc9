#include "cli/curve_text.h"

#include <gmock/gmock.h>

#include <cmath>

#include "cli/table.h"
#include "tests/host/record/record_fixture.h"

namespace sslx::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using Points = std::vector<record::CurvePoint>;

TEST(CurvePlot, RisesFromItsLowestToItsHighest) {
  const Points points{{1, 1, 0.0}, {2, 1, 1.0}, {3, 2, 2.0}};
  EXPECT_EQ(curve_plot("rate", points, 8, 2),
            "rate  0 ... 2 (3 values)\n"
            "  2 |    ⣀⡤⠖⠋\n"
            "  0 |⣠⠴⠚⠉\n"
            "     step 1 3 (epoch 2)\n");
}

TEST(CurvePlot, OneValueIsADotInTheMiddle) {
  const std::string plot = curve_plot("loss", {{5, 1, 3.5}}, 4, 1);
  EXPECT_THAT(plot, StartsWith("loss  3.5 ... 3.5 (1 values)\n  3.5 |"));
}

/// A loss that is no number any more ends the line, and nothing else.
TEST(CurvePlot, WhatIsNoNumberIsAGap) {
  const Points points{{1, 1, 1.0}, {2, 1, 2.0}, {3, 1, NAN}, {4, 1, INFINITY}};
  const std::string plot = curve_plot("loss", points, 6, 1);
  EXPECT_THAT(plot, HasSubstr("loss  1 ... inf (4 values)\n"));
  const std::string line = plot.substr(plot.find('|') + 1);
  EXPECT_LE(display_width(line.substr(0, line.find('\n'))), 3U) << plot;
  EXPECT_EQ(curve_plot("loss", {{1, 1, NAN}}),
            "loss  nan ... nan (1 values)\n  no value of it is a finite number\n");
}

TEST(CurvesCsv, HasALineForEachStep) {
  const record::Curves curves{{"loss", {{1, 1, 2.5}, {3, 2, NAN}}}, {"b,c", {{2, 1, 0.125}}}};
  EXPECT_EQ(curves_csv(curves),
            "step,epoch,\"b,c\",loss\n"
            "1,1,,2.5\n"
            "2,1,0.125,\n"
            "3,2,,\n");
}

TEST(ChosenCurves, AreAllButTheDetailsUnlessNamed) {
  const Points points{{1, 1, 1.0}};
  const record::Curves curves{
      {"gradient_norm.layer1", points}, {"loss", points}, {"lr", points}, {"share_data", points}};
  EXPECT_EQ(chosen_curves(curves, {}).size(), 2U);
  EXPECT_EQ(chosen_curves(curves, {"share_data"}).count("share_data"), 1U);
  EXPECT_EQ(record::test::error_of([&] { chosen_curves(curves, {"los"}); }),
            "the run has no figure 'los'; the nearest is 'loss'");
}

class CurvesOfRuns : public record::test::RecordTest {};

TEST_F(CurvesOfRuns, AreItsMetricLines) {
  record::Database database(database_file());
  record_run(database, {.id = "20260101-000001-aaaaaa"});
  const record::Curves curves = record::curves_of(database, "20260101-000001-aaaaaa");
  ASSERT_TRUE(curves.contains("loss"));
  ASSERT_EQ(curves.at("loss").size(), 2U);
  EXPECT_EQ(curves.at("loss")[0].value, 2.5);
  EXPECT_TRUE(std::isnan(curves.at("loss")[1].value));
  EXPECT_TRUE(record::curves_of(database, "nothing").empty());
}

}  // namespace
}  // namespace sslx::cli
