#include <gtest/gtest.h>
#include <sslx/error.h>

#include "host/record/pivot.h"

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

}  // namespace
}  // namespace sslx::record::test
