// Numbers that are drawn where they are needed: uniform, a function of seed and number alone, and
// the same in parts as in one.
#include <gtest/gtest.h>
#include <sslx/draws.h>
#include <sslx/error.h>

namespace {

using sslx::drawn_below;
using torch::Tensor;

sslx::Kept<int64_t> seed(int64_t value) { return sslx::Kept<int64_t>(torch::tensor(value)); }

/// Chi-squared over its degrees of freedom: 1 on average, within 5 deviations for sound draws.
void expect_uniform(const Tensor& counts) {
  const Tensor seen = counts.to(torch::kFloat64);
  const double mean = seen.mean().item<double>();
  const auto freedom = static_cast<double>(seen.numel() - 1);
  const double ratio = (seen - mean).square().sum().item<double>() / mean / freedom;
  EXPECT_NEAR(ratio, 1, 5 * std::sqrt(2 / freedom));
}

TEST(DrawnBelow, IsUniform) {
  for (const int64_t bound : {2, 10, 1000}) {
    const Tensor drawn = drawn_below(bound, 0, 400'000, seed(5), 3, torch::kCPU);
    EXPECT_EQ(drawn.min().item<int64_t>(), 0);
    EXPECT_EQ(drawn.max().item<int64_t>(), bound - 1);
    expect_uniform(drawn.bincount({}, bound));
  }
}

/// Neighbours in a row, in a column of a batch's negatives, and in the draws of two steps.
TEST(DrawnBelow, HasIndependentNeighbours) {
  const int64_t bound = 16;
  const auto pairs = [&](const Tensor& a, const Tensor& b) {
    return (a * bound + b).bincount({}, bound * bound);
  };
  const Tensor first = drawn_below(bound, 0, 400'000, seed(5), 3, torch::kCPU);
  expect_uniform(pairs(first.slice(0, 0, -1), first.slice(0, 1)));
  expect_uniform(pairs(first.slice(0, 0, -4096), first.slice(0, 4096)));
  expect_uniform(pairs(first, drawn_below(bound, 0, 400'000, seed(5), 4, torch::kCPU)));
  expect_uniform(pairs(first, drawn_below(bound, 0, 400'000, seed(6), 3, torch::kCPU)));
}

TEST(DrawnBelow, IsAFunctionOfSeedNumberAndPlace) {
  const Tensor all = drawn_below(1000, 0, 100'000, seed(5), 3, torch::kCPU);
  EXPECT_TRUE(all.equal(drawn_below(1000, 0, 100'000, seed(5), 3, torch::kCPU)));
  const Tensor part = drawn_below(1000, 40'000, 50'000, seed(5), 3, torch::kCPU);
  EXPECT_TRUE(part.equal(all.slice(0, 40'000, 90'000)));
  EXPECT_EQ(drawn_below(1000, 0, 0, seed(5), 3, torch::kCPU).size(0), 0);
}

TEST(DrawnBelow, RefusesWhatItCannotDraw) {
  EXPECT_THROW(drawn_below(0, 0, 1, seed(5), 3, torch::kCPU), sslx::Error);
  EXPECT_THROW(drawn_below(int64_t{1} << 31, 0, 1, seed(5), 3, torch::kCPU), sslx::Error);
  EXPECT_THROW(drawn_below(2, int64_t{1} << 32, 1, seed(5), 3, torch::kCPU), sslx::Error);
}

}  // namespace
