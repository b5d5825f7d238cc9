// What a large image will take, foreseen from small ones, and the limits that are held against it.
#include "host/tools/foreseen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/torch.h>

#include <chrono>
#include <thread>

namespace sslx::train {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(const Cost& cost, double most_seconds) {
  try {
    check_cost(cost, "the maps", most_seconds, "it must be smaller");
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_EQ(error.hint(), "it must be smaller");
    return error.what();
  }
  return "";
}

TEST(ForeseenTest, MeasuresTheMostThatTensorsHeld) {
  const Cost cost = measured([] {
    torch::Tensor first = torch::zeros({1000, 1000});
    first = torch::Tensor();
    const torch::Tensor second = torch::zeros({500, 1000});
  });
  EXPECT_NEAR(cost.bytes, 4e6, 1e5);
}

/// A part that grows with the pixels, and one with their square.
TEST(ForeseenTest, BothPartsAreExtrapolated) {
  std::vector<int64_t> sides;
  const Cost cost = foreseen(8, 512, [&](int64_t side) {
    sides.push_back(side);
    const int64_t pixels = side * side;
    const torch::Tensor linear = torch::empty({pixels * 100});
    const torch::Tensor square = torch::empty({pixels * pixels / 64});
    if (side > 16) std::this_thread::sleep_for(std::chrono::milliseconds(550));
  });
  EXPECT_THAT(sides, ::testing::ElementsAre(8, 8, 16, 32)) << "no larger than it takes";
  const double pixels = 512.0 * 512.0;
  const double wanted = 4 * (pixels * 100 + pixels * pixels / 64);
  EXPECT_NEAR(cost.bytes / wanted, 1, 0.05);
}

TEST(ForeseenTest, WhatIsSmallIsNotForeseen) {
  const Cost cost = foreseen(32, 64, [](int64_t) { FAIL() << "it was tried"; });
  EXPECT_EQ(cost.seconds, 0);
}

TEST(ForeseenTest, TimeAndMemoryHaveLimits) {
  EXPECT_EQ(refusal({9, 1e6}, 10), "");
  EXPECT_EQ(refusal({900, 1e6}, 0), "");
  EXPECT_EQ(refusal({900, 1e6}, 60), "the maps take about 15 min, and the limit is 60 s");
  EXPECT_THAT(refusal({1, 1e15}, 60),
              StartsWith("the maps take 1000.0 TB in memory, and a process"));
}

}  // namespace
}  // namespace sslx::train
