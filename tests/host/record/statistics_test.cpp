#include "host/record/statistics.h"

#include <gmock/gmock.h>
#include <sslx/error.h>

#include <cmath>

namespace sslx::record::test {
namespace {

/// Values of a printed table (NIST), to its digits.
TEST(StudentT, KnownQuantiles) {
  EXPECT_NEAR(student_t_quantile(0.975, 1), 12.706, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.975, 2), 4.303, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.975, 4), 2.776, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.975, 9), 2.262, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.975, 1000), 1.962, 5e-4);
  EXPECT_THROW(student_t_quantile(1.0, 3), Error);
  EXPECT_THROW(student_t_quantile(0.5, 0), Error);
}

TEST(Summarize, MeanAndInterval) {
  EXPECT_EQ(summarize({}).n, 0U);
  EXPECT_EQ(summarize({3}).mean, 3);
  EXPECT_FALSE(summarize({3}).half_width.has_value());
  const Statistic three = summarize({1, 2, 3});
  EXPECT_EQ(three.mean, 2);
  EXPECT_NEAR(three.half_width.value_or(0), 2.4841, 5e-5);
  EXPECT_EQ(summarize({5, 5}).half_width, 0);
}

/// By hand: 1 - 6 * 4 / (5 * 24), and with a tie 4.5 / sqrt(4.5 * 5).
TEST(Spearman, KnownValues) {
  EXPECT_NEAR(spearman({1, 2, 3, 4, 5}, {2, 1, 4, 3, 5}).value_or(0), 0.8, 1e-12);
  EXPECT_NEAR(spearman({1, 2, 2, 3}, {1, 2, 3, 4}).value_or(0), 0.9486832981, 1e-9);
  EXPECT_NEAR(spearman({1, 10, 100}, {3, 2, 1}).value_or(0), -1, 1e-12);
}

TEST(Spearman, NoneFromTooLittle) {
  EXPECT_FALSE(spearman({1, 2}, {1, 2}).has_value());
  EXPECT_FALSE(spearman({1, 1, 1}, {1, 2, 3}).has_value());
  EXPECT_FALSE(spearman({}, {}).has_value());
}

/// Counted by hand over the 8 and 64 ways to set the signs.
TEST(SignFlip, IsExact) {
  EXPECT_EQ(sign_flip({1, 2, 3}), 0.25);
  EXPECT_EQ(sign_flip({-1, -2, -3}), 0.25);
  EXPECT_EQ(sign_flip({1, 2, 3}, true), 0.125);
  EXPECT_EQ(sign_flip({-1, -2, -3}, true), 1);
  EXPECT_EQ(sign_flip({1, 2, -3}), 1);
  EXPECT_EQ(sign_flip({3, 2, -1}), 0.5);  // 4 or more of 6, -4 or less
  EXPECT_EQ(sign_flip({.1, .2, .3, .1, .2, .3}), 0.03125);
  EXPECT_EQ(sign_flip({}), 1);
}

TEST(SignFlip, LeastOfSoManySeeds) {
  EXPECT_EQ(least_sign_flip(3), 0.25);
  EXPECT_EQ(least_sign_flip(6), 0.03125);
  EXPECT_EQ(least_sign_flip(3, true), 0.125);
  EXPECT_EQ(least_sign_flip(0), 1);
}

/// Of very many values, the tail of the normal distribution: z = 2 of 400.
TEST(SignFlip, ManyValuesAreDrawn) {
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(i < 220 ? 1 : -1);
  EXPECT_NEAR(sign_flip(values), std::erfc(1.95 / std::sqrt(2)), 0.002);
  EXPECT_EQ(sign_flip(values), sign_flip(values));
}

/// The intervals are those of a printed table (Clopper and Pearson).
TEST(Share, KnownValues) {
  const Share all = share_of(3, 3);
  EXPECT_EQ(all.p, 0.25);
  EXPECT_NEAR(all.low, 0.2924, 5e-5);
  EXPECT_EQ(all.high, 1);
  const Share half = share_of(5, 10);
  EXPECT_EQ(half.p, 1);
  EXPECT_NEAR(half.low, 0.1871, 5e-5);
  EXPECT_NEAR(half.high, 0.8129, 5e-5);
  EXPECT_EQ(share_of(0, 0).p, 1);
}

TEST(Holm, StepsDown) {
  EXPECT_THAT(holm({0.01, 0.04, 0.03}), ::testing::ElementsAre(0.03, 0.06, 0.06));
  EXPECT_THAT(holm({0.5, 0.9}), ::testing::ElementsAre(1, 1));
  EXPECT_THAT(holm({}), ::testing::IsEmpty());
}

/// t(0.975, 6) / sqrt(7) = 0.92 is the first below 1.
TEST(ValuesNeeded, AreTheFewest) {
  EXPECT_EQ(values_needed(1, 1, 100), 7U);
  EXPECT_EQ(values_needed(100, 1, 100), 3U);
  EXPECT_FALSE(values_needed(0.01, 1, 100).has_value());
}

}  // namespace
}  // namespace sslx::record::test
