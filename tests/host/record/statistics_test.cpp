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

}  // namespace
}  // namespace sslx::record::test
