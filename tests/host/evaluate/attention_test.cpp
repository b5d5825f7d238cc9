#include "host/evaluate/attention.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

namespace sslx::evaluate {
namespace {

using torch::Tensor;

/// 0.5 and 0.3 hold 0.8 of the mass; 0.5 alone does not hold 0.6.
TEST(Attention, TheGreatestHoldTheMass) {
  const Tensor maps = torch::tensor({0.3, 0.05, 0.15, 0.5}).view({1, 1, 2, 2});
  EXPECT_TRUE(torch::equal(kept_mass(maps, 0.6),
                           torch::tensor({1, 0, 0, 1}).view({1, 1, 2, 2}).to(torch::kBool)));
  EXPECT_TRUE(torch::equal(kept_mass(maps * 7, 0.5),
                           torch::tensor({0, 0, 0, 1}).view({1, 1, 2, 2}).to(torch::kBool)));
}

TEST(Attention, JaccardIsIntersectionOverUnion) {
  const Tensor kept = torch::tensor({1, 1, 0, 0, 1, 0, 1, 0}).view({1, 2, 2, 2}).to(torch::kBool);
  const Tensor mask = torch::tensor({1, 1, 1, 0}).view({1, 2, 2}).to(torch::kBool);
  const Tensor found = jaccard(kept, mask);
  EXPECT_NEAR(found[0][0].item<double>(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(found[0][1].item<double>(), 2.0 / 3, 1e-12);
  EXPECT_EQ(jaccard(kept.logical_and(mask.logical_not()), mask)[0][0].item<double>(), 0);
}

/// Images whose first channel is the mask of their left half. One head looks there and one at the
/// right; the better one counts, over all images.
TEST(Attention, TheBestHeadCounts) {
  Tensor pixels = torch::zeros({4, 2, 8, 8}, torch::kUInt8);
  pixels.select(1, 0).slice(2, 0, 4).fill_(255);
  const auto maps = [](const Tensor& images) {
    Tensor out = torch::full({images.size(0), 2, 4, 4}, 0.001);
    out.select(1, 0).slice(2, 2, 4).fill_(1);
    out.select(1, 1).slice(2, 0, 2).fill_(1);
    return out;
  };
  const auto prepare = [](const Tensor& images) { return images.to(torch::kFloat32); };
  const ProbeResult found = attention_probe(maps, data::Images(pixels), prepare, torch::kCPU,
                                            {.mass = 0.9, .mask = 0, .batch_size = 3});
  EXPECT_EQ(found.metric, "attention_jaccard");
  // 0.9 of 8.008 takes all of the eight, which are the half.
  EXPECT_NEAR(found.accuracy, 100, 1e-9);
  EXPECT_NEAR(attention_probe(maps, data::Images(pixels), prepare, torch::kCPU,
                              {.mass = 0.3, .mask = 0, .batch_size = 3})
                  .accuracy,
              100 * 3.0 / 8, 1e-9);
  const auto halved = [](const Tensor& images) {
    return images.slice(2, 0, 4).to(torch::kFloat32);
  };
  EXPECT_THROW(attention_probe(maps, data::Images(pixels), halved, torch::kCPU, {}), Error);
}

}  // namespace
}  // namespace sslx::evaluate
