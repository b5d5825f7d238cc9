#include "host/tools/histogram.h"

#include <gtest/gtest.h>

namespace sslx::train {
namespace {

TEST(Histogram, CountsEachChannelsPixels) {
  const torch::Tensor image =
      torch::tensor({0.0, 0.1, 0.6, 1.0, 0.3, 0.3, 0.3, 0.3}).view({2, 2, 2});
  const torch::Tensor shares = histogram_of(image, 4);
  EXPECT_TRUE(torch::allclose(shares[0], torch::tensor({0.5, 0.0, 0.25, 0.25})));
  EXPECT_TRUE(torch::allclose(shares[1], torch::tensor({0.0, 1.0, 0.0, 0.0})));
}

/// A gray picture of one brightness: one column reaches from the ground to the top.
TEST(Histogram, IsDrawnIntoItsRectangle) {
  data::Canvas canvas(20, 12, {255, 255, 255});
  draw_histogram(canvas, 2, 1, 16, 10, torch::full({1, 3, 3}, 0.55));
  const auto at = [&](int64_t x, int64_t y) {
    return canvas.pixels()[static_cast<size_t>(3 * (y * 20 + x))];
  };
  EXPECT_EQ(at(0, 5), 255);
  EXPECT_EQ(at(2 + 8, 1), 0);  // bin 4 of 8
  EXPECT_EQ(at(2, 10), 0);     // none of the darkest: the curve is at the ground
  EXPECT_EQ(at(2, 5), 235);
}

}  // namespace
}  // namespace sslx::train
