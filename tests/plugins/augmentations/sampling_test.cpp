// What the plugins draw: areas, ratios, probabilities, factors and the order of the jitter.
#include <gmock/gmock.h>
#include <sslx/error.h>

#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

using nlohmann::json;

constexpr ImageShape kLarge{3, 1000, 1000};

double share_of_ones(const torch::Tensor& column) { return column.mean().item<double>(); }

TEST(CropSampling, AreaIsUniformAndRatioLogUniform) {
  const auto crop = augmentation("crop", {{"scale", {0.1, 0.5}}});
  const torch::Tensor rows = draws(*crop, kLarge, 20000).to(torch::kFloat64);
  const torch::Tensor area = rows.select(1, 2) * rows.select(1, 3) / 1e6;
  const torch::Tensor ratio = (rows.select(1, 3) / rows.select(1, 2)).log() / std::log(4.0 / 3.0);
  EXPECT_GE(area.min().item<double>(), 0.099);
  EXPECT_LE(area.max().item<double>(), 0.501);
  EXPECT_NEAR(area.mean().item<double>(), 0.3, 0.004);
  EXPECT_NEAR(area.std().item<double>(), 0.4 / std::sqrt(12.0), 0.003);
  EXPECT_NEAR(ratio.mean().item<double>(), 0, 0.02);
  EXPECT_NEAR(ratio.std().item<double>(), 2 / std::sqrt(12.0), 0.01);
  EXPECT_LE(ratio.abs().max().item<double>(), 1.01);
}

TEST(CropSampling, BoxesLieInsideAndReachEveryEdge) {
  const auto crop = augmentation("crop", json::object());
  const ImageShape shape{3, 32, 48};
  const torch::Tensor rows = draws(*crop, shape, 20000);
  const torch::Tensor bottom = rows.select(1, 0) + rows.select(1, 2);
  const torch::Tensor right = rows.select(1, 1) + rows.select(1, 3);
  EXPECT_EQ(rows.select(1, 0).min().item<float>(), 0);
  EXPECT_EQ(rows.select(1, 1).min().item<float>(), 0);
  EXPECT_EQ(bottom.max().item<float>(), 32);
  EXPECT_EQ(right.max().item<float>(), 48);
  EXPECT_GE(rows.slice(1, 2).min().item<float>(), 1);
}

TEST(CropSampling, ImpossibleBoxesFallBackToTheCentre) {
  const auto crop = augmentation("crop", {{"scale", {1.0, 1.0}}, {"ratio", {1.0, 1.0}}});
  const torch::Tensor wide = draws(*crop, {3, 10, 30}, 3);
  EXPECT_TRUE(wide[0].equal(torch::tensor({0.0F, 10.0F, 10.0F, 10.0F})));
  const torch::Tensor tall = draws(*crop, {3, 31, 1}, 3);
  EXPECT_TRUE(tall[0].equal(torch::tensor({15.0F, 0.0F, 1.0F, 1.0F})));
}

TEST(CropSampling, OnePixelAndVeryWideImages) {
  const auto crop = augmentation("crop", {{"size", 8}});
  for (const ImageShape shape : {ImageShape{3, 1, 1}, ImageShape{1, 1, 20000}}) {
    const torch::Tensor rows = draws(*crop, shape, 50);
    const torch::Tensor images =
        torch::full({50, shape.channels, shape.height, shape.width}, 51, torch::kUInt8);
    const torch::Tensor out = crop->apply(images, rows);
    EXPECT_TRUE(out.allclose(torch::full({50, shape.channels, 8, 8}, 0.2F)));
  }
}

TEST(CropSampling, BadRangesAreErrors) {
  EXPECT_THROW(augmentation("crop", {{"scale", {0.5}}}), Error);
  EXPECT_THROW(augmentation("crop", {{"scale", {0.5, 0.2}}}), Error);
  EXPECT_THROW(augmentation("crop", {{"ratio", {0.0, 1.0}}}), Error);
  EXPECT_THROW(augmentation("normalize", {{"mean", {0.1, 0.2}}, {"std", {1.0}}}), Error);
}

TEST(ProbabilitySampling, FlipAndGrayscaleKeepTheirs) {
  EXPECT_NEAR(share_of_ones(draws(*augmentation("flip", json::object()), kLarge, 20000)), 0.5,
              0.02);
  EXPECT_NEAR(share_of_ones(draws(*augmentation("grayscale", json::object()), kLarge, 20000)), 0.2,
              0.015);
  EXPECT_EQ(share_of_ones(draws(*augmentation("flip", {{"probability", 1}}), kLarge, 1000)), 1);
  EXPECT_EQ(share_of_ones(draws(*augmentation("flip", {{"probability", 0}}), kLarge, 1000)), 0);
}

TEST(ColorSampling, FactorsHueAndProbability) {
  const auto color = augmentation(
      "color", {{"brightness", 0.4}, {"contrast", 0.8}, {"saturation", 1.5}, {"hue", 0.1}});
  const torch::Tensor rows = draws(*color, kLarge, 20000);
  EXPECT_NEAR(share_of_ones(rows.select(1, 0)), 0.8, 0.015);
  const std::array<std::array<double, 2>, 4> ranges{
      {{0.6, 1.4}, {0.2, 1.8}, {0.0, 2.5}, {-0.1, 0.1}}};
  for (size_t i = 0; i < 4; ++i) {
    const torch::Tensor column = rows.select(1, static_cast<int64_t>(i) + 1);
    const double width = ranges[i][1] - ranges[i][0];
    EXPECT_NEAR(column.min().item<double>(), ranges[i][0], 0.01 * width);
    EXPECT_NEAR(column.max().item<double>(), ranges[i][1], 0.01 * width);
    EXPECT_NEAR(column.mean().item<double>(), ranges[i][0] + width / 2, 0.01 * width);
  }
}

TEST(ColorSampling, AllOrdersAreEquallyOften) {
  const torch::Tensor rows = draws(*augmentation("color", json::object()), kLarge, 24000);
  const torch::Tensor counts = rows.select(1, 5).to(torch::kInt64).bincount({}, 24);
  ASSERT_EQ(counts.numel(), 24);
  EXPECT_GT(counts.min().item<int64_t>(), 1000 - 5 * 31);
  EXPECT_LT(counts.max().item<int64_t>(), 1000 + 5 * 31);
}

}  // namespace
}  // namespace sslx
