// The parts of the vision transformer: positions and stochastic depth.
#include <gtest/gtest.h>
#include <sslx/positions.h>

#include <map>

#include "host/train/device.h"
#include "plugins/backbones/vit_block.h"
#include "tests/plugins/backbones/vit_fixture.h"

namespace {

using sslx::PatchGrid;
using torch::Tensor;
using namespace sslx::test;

TEST(Positions, SincosHaveASquaredNormOfHalfTheWidth) {
  for (const auto& [grid, width] : {std::pair{PatchGrid{14, 14}, 384}, {PatchGrid{3, 7}, 16}}) {
    const Tensor positions = sslx::sincos_positions(grid, width);
    ASSERT_EQ(positions.sizes(), (torch::IntArrayRef{grid.size(), width}));
    const Tensor norms = positions.square().sum(1);
    EXPECT_LT((norms - width / 2.0).abs().max().item<double>(), 1e-4);
    // The first half tells the row, the second the column.
    const Tensor map = positions.view({grid.rows, grid.columns, width});
    EXPECT_TRUE(map.slice(2, 0, width / 2)
                    .eq(map.slice(2, 0, width / 2).narrow(1, 0, 1))
                    .all()
                    .item<bool>());
    EXPECT_TRUE(
        map.slice(2, width / 2).eq(map.slice(2, width / 2).narrow(0, 0, 1)).all().item<bool>());
  }
}

TEST(Positions, AtTheirOwnSizeAreTheSameTensor) {
  const Tensor positions = torch::randn({1, 13, 8});
  EXPECT_TRUE(sslx::resize_positions(positions, {3, 4}, {3, 4}).is_same(positions));
  EXPECT_FALSE(sslx::resize_positions(positions, {3, 4}, {4, 3}).equal(positions));
}

TEST(Positions, ResizeAsTorchsAntialiasedBicubicDoes) {
  const Tensor positions = torch::randn({1, 1 + 6 * 5, 8});
  for (const PatchGrid to : {PatchGrid{3, 2}, {6, 9}, {12, 10}, {1, 1}}) {
    const Tensor resized = sslx::resize_positions(positions, {6, 5}, to);
    const Tensor map = positions.slice(1, 1).transpose(1, 2).reshape({1, 8, 6, 5});
    const Tensor expected = at::_upsample_bicubic2d_aa(map, {to.rows, to.columns}, false);
    EXPECT_LT(largest_difference(resized.slice(1, 1), expected.flatten(2).transpose(1, 2)), 2e-6);
    EXPECT_TRUE(resized.select(1, 0).equal(positions.select(1, 0)));
  }
}

TEST(Positions, ResizeInFloat32InsideAutocast) {
  const Tensor positions = torch::randn({1, 1 + 36, 8});
  const Tensor outside = sslx::resize_positions(positions, {6, 6}, {4, 9});
  const sslx::train::Autocast autocast(torch::kCPU, true);
  EXPECT_TRUE(sslx::resize_positions(positions, {6, 6}, {4, 9}).equal(outside));
}

TEST(DropPath, OfRateZeroIsTheIdentity) {
  const Tensor branch = torch::randn({3, 2, 4});
  EXPECT_TRUE(sslx::vit::drop_path(branch, 0).is_same(branch));
}

TEST(DropPath, DropsWholeSamplesAndKeepsTheExpectation) {
  torch::manual_seed(1);
  constexpr int64_t kSamples = 40000;
  constexpr double kRate = 0.3;
  const Tensor dropped = sslx::vit::drop_path(torch::ones({kSamples, 2, 3}), kRate);
  const Tensor factors = dropped.select(1, 0).select(1, 0);
  EXPECT_TRUE(dropped.eq(factors.view({-1, 1, 1})).all().item<bool>());
  const Tensor kept = factors.ne(0);
  EXPECT_TRUE(
      factors.masked_select(kept).eq(static_cast<float>(1 / (1 - kRate))).all().item<bool>());
  const double deviation = std::sqrt(kRate / (1 - kRate) / kSamples);
  EXPECT_NEAR(factors.mean().item<double>(), 1, 4 * deviation);
}

TEST(DropPath, GrowsOverTheBlocksAndOnlyInTraining) {
  constexpr int64_t kSamples = 4000;
  const auto vit = make_vit(small_vit({{"depth", 2}, {"drop_path", 0.5}}));
  const auto whole = make_vit(small_vit({{"depth", 2}}));
  const torch::NoGradGuard guard;
  const Tensor images = formula_images({1, 3, 8, 8}).expand({kSamples, 3, 8, 8});
  vit->eval();
  EXPECT_TRUE(vit->forward(images.narrow(0, 0, 1)).equal(whole->forward(images.narrow(0, 0, 1))));
  vit->train();
  // The first block never drops; the second skips each of its two branches half of the time.
  std::map<int64_t, int64_t> outcomes;
  const Tensor keys = (vit->forward(images).select(1, 0) * 1e4).round().to(torch::kInt64);
  for (int64_t i = 0; i < kSamples; ++i) ++outcomes[keys[i].item<int64_t>()];
  ASSERT_EQ(outcomes.size(), 4U);
  for (const auto& [key, count] : outcomes) EXPECT_NEAR(count, kSamples / 4.0, 4 * 28) << key;
}

}  // namespace
