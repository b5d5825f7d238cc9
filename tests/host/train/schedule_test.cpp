#include <gtest/gtest.h>

#include "tests/host/train/optimiser_fixture.h"

namespace {

using sslx::test::train_config;
using sslx::train::Schedule;

TEST(Schedule, IsTheHalfCosine) {
  const Schedule schedule(train_config(), 10, 100);
  EXPECT_DOUBLE_EQ(schedule.rate(0), 0.1);
  EXPECT_NEAR(schedule.rate(50), 0.05, 1e-12);
  EXPECT_NEAR(schedule.rate(99), 0.1 * 0.5 * (1 + std::cos(M_PI * 0.99)), 1e-12);
}

/// Trials from before there was a final rate keep every bit.
TEST(Schedule, TheCosineToZeroIsTheFormerExpression) {
  const Schedule schedule(train_config({{"lr", 0.12}, {"lr_scaling", "linear"}}), 39, 777);
  for (int64_t step = 0; step < 777; ++step) {
    const double done = static_cast<double>(step) / 777.0;
    EXPECT_EQ(schedule.rate(step), 0.24 * 0.5 * (1.0 + std::cos(std::numbers::pi * done)));
  }
}

TEST(Schedule, WarmsUpLinearlyToTheBaseRate) {
  const Schedule schedule(train_config({{"warmup_epochs", 2}}), 10, 100);
  EXPECT_NEAR(schedule.rate(0), 0.1 / 20, 1e-12);
  EXPECT_NEAR(schedule.rate(9), 0.05, 1e-12);
  EXPECT_NEAR(schedule.rate(19), 0.1, 1e-12);
  EXPECT_NEAR(schedule.rate(20), 0.1, 1e-12);
  EXPECT_NEAR(schedule.rate(60), 0.05, 1e-12);
}

/// Barlow Twins ends at a thousandth.
TEST(Schedule, TheCosineMayEndAtAShare) {
  const Schedule schedule(train_config({{"final_lr", 0.001}, {"warmup_epochs", 1}}), 10, 100010);
  EXPECT_DOUBLE_EQ(schedule.rate(9), 0.1);
  EXPECT_DOUBLE_EQ(schedule.rate(10), 0.1);
  EXPECT_NEAR(schedule.rate(50010), 0.1 * 0.5005, 1e-12);
  EXPECT_NEAR(schedule.rate(100009), 0.0001, 1e-10);
}

TEST(Schedule, FallsAtTheMilestones) {
  const Schedule schedule(
      train_config({{"schedule", "step"}, {"milestones", {3, 5}}, {"gamma", 0.1}}), 10, 80);
  EXPECT_DOUBLE_EQ(schedule.rate(0), 0.1);
  EXPECT_DOUBLE_EQ(schedule.rate(29), 0.1);
  EXPECT_DOUBLE_EQ(schedule.rate(30), 0.01);
  EXPECT_DOUBLE_EQ(schedule.rate(49), 0.01);
  EXPECT_NEAR(schedule.rate(50), 0.001, 1e-15);
  EXPECT_NEAR(schedule.rate(79), 0.001, 1e-15);
}

TEST(Schedule, MayBeConstant) {
  const Schedule schedule(train_config({{"schedule", "constant"}}), 10, 100);
  EXPECT_DOUBLE_EQ(schedule.rate(99), 0.1);
}

TEST(Schedule, ScalesWithTheBatch) {
  EXPECT_DOUBLE_EQ(Schedule(train_config({{"lr_scaling", "linear"}}), 1, 1).base_rate(), 0.2);
}

/// SimCLR's two rules: 0.3 * B / 256 and 0.075 * sqrt(B) are both 4.8 at 4096 images.
TEST(Schedule, TheRulesOfSimclrMeetAt4096) {
  const auto rate = [](double lr, const char* scaling, int64_t batch_size) {
    return Schedule(train_config({{"lr", lr}, {"lr_scaling", scaling}, {"batch_size", batch_size}}),
                    1, 1)
        .base_rate();
  };
  EXPECT_DOUBLE_EQ(rate(0.3, "linear", 4096), 4.8);
  EXPECT_DOUBLE_EQ(rate(0.075, "sqrt", 4096), 4.8);
  EXPECT_DOUBLE_EQ(rate(0.075, "sqrt", 256), 1.2);
}

/// Over all steps, the warm-up among them, as DINO's.
TEST(Schedule, WeightDecayIsConstantOrACosine) {
  EXPECT_EQ(Schedule(train_config({{"weight_decay", 5e-4}}), 1, 7).weight_decay(3), 5e-4);
  const Schedule dino(train_config({{"weight_decay", 0.04},
                                    {"weight_decay_schedule", "cosine"},
                                    {"final_weight_decay", 0.4},
                                    {"warmup_epochs", 10}}),
                      1, 100000);
  EXPECT_DOUBLE_EQ(dino.weight_decay(0), 0.04);
  EXPECT_NEAR(dino.weight_decay(50000), 0.22, 1e-12);
  EXPECT_NEAR(dino.weight_decay(99999), 0.4, 1e-9);
}

}  // namespace
