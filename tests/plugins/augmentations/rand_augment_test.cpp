// rand_augment's operations against timm's and PIL's on a real image, and what it draws.
#include <gtest/gtest.h>

#include <set>

#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

using nlohmann::json;

/// The part of the real image that the reference has.
torch::Tensor part_of_image() {
  return real_image(1).narrow(2, 4, 20).narrow(3, 2, 24).contiguous();
}

TEST(RandAugment, AgreesWithPilLevelByLevel) {
  const json results = test::load_reference("rand_augment");
  const auto plugin = augmentation("rand_augment", {{"count", 1}, {"fill", results.at("fill")}});
  std::set<int> operations;
  for (const json& one : results.at("cases")) {
    SCOPED_TRACE(one.at("name").get<std::string>() + " " + one.at("level").dump());
    operations.insert(one.at("operation").get<int>());
    const torch::Tensor row =
        torch::tensor({{one.at("operation").get<float>(), one.at("level").get<float>(),
                        one.at("sign").get<float>()}});
    std::string bytes = from_base64(one.at("pixels"));
    const torch::Tensor expected = torch::from_blob(bytes.data(), {1, 3, 20, 24}, torch::kUInt8);
    const torch::Tensor made = (plugin->apply(part_of_image(), row) * 255).round();
    const torch::Tensor difference = (made - expected.to(torch::kFloat32)).abs();
    EXPECT_LE(difference.max().item<float>(), 1);
    // A sum in another order may fall on the other side of a whole number, in few places.
    EXPECT_LT(difference.mean().item<float>(), 0.002);
  }
  EXPECT_EQ(operations.size(), 15U);
}

TEST(RandAugment, DrawsAllOperationsAtItsMagnitudeHalfOfTheTime) {
  const auto plugin = augmentation("rand_augment", json::object());
  const torch::Tensor rows = draws(*plugin, {3, 32, 32}, 4000).view({-1, 3});
  const torch::Tensor operation = rows.select(1, 0);
  EXPECT_NEAR((operation > 0).to(torch::kFloat64).mean().item<double>(), 0.5, 0.02);
  for (int i = 1; i < 16; ++i) {
    EXPECT_NEAR((operation == i).to(torch::kFloat64).mean().item<double>(), 1.0 / 30, 0.008) << i;
  }
  const torch::Tensor level = rows.select(1, 1);
  EXPECT_LE(level.max().item<float>(), 10);
  // Half of a normal distribution is cut off: its mean lies deviation / sqrt(2 pi) below.
  EXPECT_NEAR(level.mean().item<double>(), 10 - 0.5 * 0.3989, 0.02);
  EXPECT_NEAR(rows.select(1, 2).mean().item<double>(), 0, 0.04);
}

TEST(RandAugment, KeepsColoursWhereAsked) {
  const auto plugin = augmentation("rand_augment", {{"from", "no_color"}, {"probability", 1}});
  const torch::Tensor operation = draws(*plugin, {2, 32, 32}, 500).view({-1, 3}).select(1, 0);
  EXPECT_EQ(operation.max().item<float>(), 7);
  EXPECT_EQ(operation.min().item<float>(), 0);
}

/// An image that no operation is drawn for keeps its values between the levels; gray ones and those
/// of other channels may have all of them.
TEST(RandAugment, LeavesOrTakesAnyImage) {
  const auto plugin = augmentation("rand_augment", {{"count", 1}});
  const torch::Tensor image = torch::rand({1, 1, 8, 8});
  EXPECT_TRUE(plugin->apply(image, torch::tensor({{0.0F, 10.0F, 1.0F}})).equal(image));
  for (int i = 1; i < 16; ++i) {
    const torch::Tensor row = torch::tensor({{static_cast<float>(i), 9.0F, -1.0F}});
    for (const int64_t channels : {1, 2, 3}) {
      const torch::Tensor made = plugin->apply(torch::rand({1, channels, 8, 6}), row);
      EXPECT_EQ(made.sizes(), (std::vector<int64_t>{1, channels, 8, 6})) << i;
      EXPECT_GE(made.min().item<float>(), 0) << i;
      EXPECT_LE(made.max().item<float>(), 1) << i;
    }
  }
}

}  // namespace
}  // namespace sslx
