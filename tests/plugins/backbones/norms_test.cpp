// Every norm in every backbone: it trains, no image sees the others unless by batch norm, layouts
// are kept, and what cannot be had is refused in one sentence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>

#include "tests/plugins/backbones/backbone_fixture.h"

namespace {

using nlohmann::json;
using torch::Tensor;
using namespace sslx::test;

/// The smallest of each kind; 8 groups divide all of their channels.
struct Small {
  const char* name;
  json parameters;
};
const std::vector<Small>& small_backbones() {
  static const std::vector<Small> all{
      {"resnet", {{"depth", 18}, {"width", 0.25}}},
      {"resnet", {{"depth", 50}, {"width", 0.25}, {"stem", "cifar"}}},
      {"resnet", {{"depth", 50}, {"width", 0.25}, {"sk_ratio", 0.0625}}},
      {"resnet_small", {{"width", 16}}},
      {"resnet_v2", {{"depth", 18}, {"width", 0.25}}},
      {"resnet_v2", {{"depth", 50}, {"width", 0.25}, {"stem", "cifar"}, {"stages", 3}}},
      {"alexnet", {{"width", 0.25}, {"stem", "cifar"}}},
      {"convnet", {{"width", 16}, {"layers", 3}}},
  };
  return all;
}

std::shared_ptr<sslx::Backbone> made(const Small& small, const std::string& norm) {
  json parameters = small.parameters;
  parameters["norm"] = norm;
  parameters["groups"] = 8;
  return make_backbone(small.name, parameters);
}

class EveryNorm : public testing::TestWithParam<std::string> {};

TEST_P(EveryNorm, TrainsInEveryBackbone) {
  for (const Small& small : small_backbones()) {
    SCOPED_TRACE(small.name + small.parameters.dump());
    const auto backbone = made(small, GetParam());
    const Tensor features = backbone->forward(torch::randn({4, 3, 32, 32}));
    ASSERT_EQ(features.sizes(), (std::vector<int64_t>{4, backbone->feature_dim()}));
    EXPECT_TRUE(features.isfinite().all().item<bool>());
    features.square().mean().backward();
    for (const auto& item : backbone->named_parameters()) {
      ASSERT_TRUE(item.value().grad().defined()) << item.key();
      EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
    }
  }
}

TEST_P(EveryNorm, SeesOtherImagesOnlyByBatchNorm) {
  const Tensor images = torch::randn({4, 3, 32, 32});
  Tensor others = torch::randn({4, 3, 32, 32}) * 3;
  others[0] = images[0];
  const bool batch_norm = GetParam().ends_with("bn");
  for (const Small& small : small_backbones()) {
    SCOPED_TRACE(small.name + small.parameters.dump());
    const auto backbone = made(small, GetParam());
    const torch::NoGradGuard guard;
    const Tensor first = backbone->forward(images)[0];
    EXPECT_EQ(backbone->forward(others)[0].equal(first), !batch_norm);
  }
}

TEST_P(EveryNorm, KeepsChannelsLast) {
  torch::manual_seed(1);
  const Tensor images = torch::randn({4, 3, 32, 32});
  for (const Small& small : small_backbones()) {
    if (small.name == std::string("alexnet")) continue;  // Its map is behind an option.
    SCOPED_TRACE(small.name + small.parameters.dump());
    const auto backbone = made(small, GetParam());
    const torch::NoGradGuard guard;
    backbone->eval();
    const Tensor plain = backbone->feature_map(images);
    const Tensor map = backbone->feature_map(images.contiguous(torch::MemoryFormat::ChannelsLast));
    EXPECT_TRUE(map.is_contiguous(torch::MemoryFormat::ChannelsLast));
    // A map of one pixel has groups of few values, whose norm makes roundings larger.
    EXPECT_LT(relative_error(map, plain), 1e-3);
  }
}
INSTANTIATE_TEST_SUITE_P(Backbones, EveryNorm, testing::ValuesIn(kNorms), [](const auto& norm) {
  return norm.param == "gn+ws" ? std::string("gn_ws") : norm.param;
});

TEST(Backbones, PoolTheirMapsToTheirFeatures) {
  for (const Small& small : small_backbones()) {
    json parameters = small.parameters;
    if (small.name == std::string("alexnet")) parameters["features"] = "conv5";
    const auto backbone = make_backbone(small.name, parameters);
    backbone->eval();
    const torch::NoGradGuard guard;
    const Tensor images = torch::randn({2, 3, 40, 32});
    const Tensor map = backbone->feature_map(images);
    ASSERT_EQ(map.size(1), backbone->feature_dim()) << small.name;
    EXPECT_TRUE(torch::allclose(map.mean({2, 3}), backbone->forward(images), 1e-4, 1e-5))
        << small.name;
  }
}

/// The message with which making this is refused.
std::string refusal(const std::string& name, const json& parameters) {
  try {
    make_backbone(name, parameters);
  } catch (const sslx::Error& error) {
    EXPECT_EQ(error.kind(), sslx::ErrorKind::kInput);
    return error.what();
  }
  return "";
}

TEST(Backbones, RefuseWhatCannotBeHad) {
  EXPECT_EQ(refusal("resnet_small", {{"width", 4}, {"norm", "gn"}}),
            "group norm cannot split 4 channels into 32 groups");
  EXPECT_EQ(refusal("resnet", {{"depth", 20}}),
            "a ResNet's depth is 18, 34, 50, 101 or 152; it cannot be 20");
  EXPECT_EQ(refusal("resnet", {{"depth", 18}, {"sk_ratio", 0.0625}}),
            "selective kernels need bottlenecks, which depths 18 and 34 lack");
  EXPECT_EQ(refusal("resnet", {{"width", 0.3}}),
            "a width multiplier of 0.3 gives no even number of channels: 64 times it is 19.2");
  EXPECT_EQ(refusal("alexnet", {{"width", 0.3}}),
            "alexnet's width must make whole numbers of 96, 256, 384 and 4096 channels");
  EXPECT_EQ(refusal("convnet", {{"width", 8}, {"norm", "gn"}, {"groups", 3}}),
            "group norm cannot split 8 channels into 3 groups");
}

TEST(Backbones, RefuseAGroupOfOneValue) {
  const auto backbone =
      make_backbone("resnet_small", {{"width", 8}, {"norm", "gn"}, {"groups", 8}});
  EXPECT_THROW(backbone->forward(torch::randn({2, 3, 1, 1})), sslx::Error);
}

}  // namespace
