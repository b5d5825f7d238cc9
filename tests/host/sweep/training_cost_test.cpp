// What a training holds, and what would fit, from what a step of a few images held.
#include "host/sweep/training_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/sweep/published_rates.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr double kMega = 1e6;

TrainingCost cost() {
  return {.state = 100 * kMega,
          .gradients = 90 * kMega,
          .fixed = 10 * kMega,
          .image = 5 * kMega,
          .image_in_turn = 3 * kMega,
          .views = 1 * kMega,
          .multiply_adds = 1e9,
          .separable = true};
}

json train(const json& more = json::object()) {
  json out{{"batch_size", 256}, {"optimizer", "sgd"}, {"momentum", 0.9}};
  out.update(more);
  return out;
}

TEST(TrainingCostTest, GrowsWithTheBatchAndTheOptimisersState) {
  // Weights, gradients and momentum; the step; and the views on the device.
  EXPECT_DOUBLE_EQ(training_bytes(cost(), train(), false),
                   (100 + 2 * 90 + 10 + 256 * 5 + 256) * kMega);
  EXPECT_DOUBLE_EQ(training_bytes(cost(), train({{"momentum", 0.0}}), false),
                   (100 + 90 + 10 + 256 * 5 + 256) * kMega);
  EXPECT_DOUBLE_EQ(training_bytes(cost(), train({{"optimizer", "adamw"}}), false),
                   (100 + 3 * 90 + 10 + 256 * 5 + 256) * kMega);
  EXPECT_DOUBLE_EQ(training_bytes(cost(), train({{"processes", 4}}), false),
                   (100 + 2 * 90 + 10 + 64 * 5 + 64) * kMega);
  EXPECT_DOUBLE_EQ(training_bytes(cost(), train({{"views_in_turn", true}}), false),
                   (100 + 2 * 90 + 10 + 256 * 3 + 256) * kMega);
  // On the processor the process itself, the kernels' workspaces and the batches ahead.
  EXPECT_GT(training_bytes(cost(), train(), true),
            training_bytes(cost(), train(), false) + 3 * 256 * kMega);
}

TEST(TrainingCostTest, SaysWhatWouldFit) {
  EXPECT_EQ(what_would_fit(cost(), train(), false, 1400 * kMega),
            "train.views_in_turn = true; train.batch_size = 128 with train.accumulate = 2; "
            "train.processes = 2 on as many machines");
  EXPECT_EQ(what_would_fit(cost(), train(), false, 700 * kMega),
            "train.batch_size = 64 with train.accumulate = 4; train.processes = 4 on as many "
            "machines");
  TrainingCost compares = cost();
  compares.separable = false;
  compares.image_in_turn = std::nullopt;
  EXPECT_THAT(what_would_fit(compares, train(), false, 700 * kMega),
              HasSubstr("train.batch_size = 64, which is another loss"));
  EXPECT_EQ(what_would_fit(cost(), train(), false, 100 * kMega), "") << "the weights alone do not";
}

TEST(TrainingCostTest, AsksOnlyOfWhatMayBeLarge) {
  Plan plan = plan_of(sweep_text(""));
  Trial& trial = plan.trials[0];
  trial.images = std::make_shared<const json>(json{
      {"images", {{"channels", 3}, {"height", 32}, {"width", 32}, {"sources", json::array()}}}});
  EXPECT_FALSE(may_need(trial, 1e9));  // two views of 8 pixels
  EXPECT_TRUE(may_need(trial, 1e8));
  trial.images = nullptr;
  EXPECT_FALSE(may_need(trial, 1)) << "nothing is known of its images";
}

TEST(TrainingCostTest, TheShippedSpeedIsThatOfItsPaper) {
  const std::vector<PublishedSpeed> speeds = read_published_speeds({PUBLISHED});
  ASSERT_EQ(speeds.size(), 1U);
  EXPECT_EQ(speeds[0].device, "V100");
  EXPECT_NEAR(speeds[0].multiply_adds_per_second, 168.0 * 4 * 4.09e9, 0.01e12);
}

}  // namespace
}  // namespace sslx::sweep
