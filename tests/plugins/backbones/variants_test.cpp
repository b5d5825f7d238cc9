// What the options of single backbones mean: blocks that begin as the identity, selective kernels,
// AlexNet's halves, CPC's networks, gray images.
#include <gtest/gtest.h>
#include <sslx/error.h>

#include "tests/plugins/backbones/backbone_fixture.h"

namespace {

using nlohmann::json;
using torch::Tensor;
using namespace sslx::test;

bool has_zero(const sslx::Backbone& backbone, const std::string& name) {
  return tensors_of(backbone).at(name).eq(0).all().item<bool>();
}

TEST(ZeroInit, IsOfTheLastNormOrWithoutOneOfTheLastConvolution) {
  const json basic{{"depth", 18}, {"width", 0.25}, {"zero_init", true}};
  const auto with_norm = make_backbone("resnet", basic);
  EXPECT_TRUE(has_zero(*with_norm, "layer2.0.bn2.weight"));
  EXPECT_FALSE(has_zero(*with_norm, "layer2.0.bn1.weight"));
  EXPECT_FALSE(has_zero(*with_norm, "layer2.0.downsample.1.weight"));
  const auto deep = make_backbone("resnet", {{"width", 0.25}, {"zero_init", true}});
  EXPECT_TRUE(has_zero(*deep, "layer2.1.bn3.weight"));
  json without = basic;
  without["norm"] = "none";
  EXPECT_TRUE(has_zero(*make_backbone("resnet", without), "layer2.0.conv2.weight"));
  EXPECT_FALSE(has_zero(*make_backbone("resnet", without), "layer2.0.conv1.weight"));
  const auto second = make_backbone("resnet_v2", basic);
  EXPECT_TRUE(has_zero(*second, "stages.1.blocks.0.conv2.weight"));
  EXPECT_FALSE(has_zero(*second, "stages.1.blocks.0.norm2.weight"));
}

TEST(ZeroInit, MakesAStageOfIdentities) {
  // One stage without a projection: the features are the pooled stem, whatever the blocks' weights.
  const json parameters{{"width", 8}, {"stages", 1}, {"blocks", 3}, {"zero_init", true}};
  const auto backbone = make_backbone("resnet_small", parameters);
  const torch::NoGradGuard guard;
  const Tensor images = torch::randn({4, 3, 16, 16});
  const Tensor before = backbone->forward(images);
  const auto state = tensors_of(*backbone);
  torch::Tensor(state.at("layer1.1.conv1.weight")).add_(1);
  EXPECT_TRUE(backbone->forward(images).equal(before));
}

TEST(SelectiveKernels, OfTwoEqualBranchesAreOneBranch) {
  const auto backbone =
      make_backbone("resnet", {{"width", 0.25}, {"sk_ratio", 0.0625}, {"stem", "cifar"}});
  backbone->eval();
  const torch::NoGradGuard guard;
  const auto state = tensors_of(*backbone);
  for (const auto& [name, tensor] : state) {
    if (!name.ends_with("conv2.conv.weight")) continue;
    const int64_t half = tensor.size(0) / 2;
    Tensor(tensor).slice(0, half).copy_(tensor.slice(0, 0, half));
  }
  const Tensor images = torch::randn({2, 3, 32, 32});
  const Tensor before = backbone->forward(images);
  for (const auto& [name, tensor] : state) {
    if (name.ends_with("select.weight")) Tensor(tensor).normal_();
  }
  EXPECT_TRUE(backbone->forward(images).equal(before));
}

TEST(SelectiveKernels, HaveTheStemAndShortcutsOfResNetD) {
  const auto state = tensors_of(*make_backbone("resnet", {{"width", 0.5}, {"sk_ratio", 0.0625}}));
  EXPECT_EQ(state.at("conv1.0.weight").sizes(), (std::vector<int64_t>{16, 3, 3, 3}));
  EXPECT_EQ(state.at("conv1.6.weight").sizes(), (std::vector<int64_t>{32, 16, 3, 3}));
  EXPECT_TRUE(state.contains("layer1.0.downsample.1.weight"));
  EXPECT_EQ(state.at("layer4.2.conv2.reduce.weight").sizes(),
            (std::vector<int64_t>{32, 256, 1, 1}));
}

TEST(AlexNet, OfHalfTheWidthIsCmcsOfOneView) {
  const auto lightness = make_backbone("alexnet", {{"width", 0.5}}, 1);
  EXPECT_EQ(lightness->feature_dim(), 2048);
  EXPECT_EQ(tensors_of(*lightness).at("conv_block_1.0.weight").sizes(),
            (std::vector<int64_t>{48, 1, 11, 11}));
  EXPECT_EQ(tensors_of(*lightness).at("fc6.0.weight").sizes(), (std::vector<int64_t>{2048, 4608}));
  lightness->eval();
  const torch::NoGradGuard guard;
  EXPECT_EQ(lightness->forward(torch::randn({2, 1, 224, 224})).sizes(),
            (std::vector<int64_t>{2, 2048}));
  // CMC's alexnet_half without fc8, by the sizes in its code.
  const int64_t convolutions =
      48 * 121 + 128 * 48 * 25 + 192 * 128 * 9 + 192 * 192 * 9 + 128 * 192 * 9;
  const int64_t linear = 4608 * 2048 + 2048 + 2048 * 2048 + 2048;
  const int64_t norms = 2 * (48 + 128 + 192 + 192 + 128 + 2048 + 2048);
  EXPECT_EQ(parameter_count(*lightness), convolutions + linear + norms);
}

TEST(AlexNet, WorksAt32Pixels) {
  for (const auto& [last, width] : {std::pair{"conv5", 128}, {"fc6", 2048}, {"fc7", 2048}}) {
    const auto backbone =
        make_backbone("alexnet", {{"width", 0.5}, {"stem", "cifar"}, {"features", last}}, 2);
    EXPECT_EQ(backbone->forward(torch::randn({2, 2, 32, 32})).sizes(),
              (std::vector<int64_t>{2, width}));
  }
  const auto whole = make_backbone("alexnet", {{"width", 0.125}, {"stem", "cifar"}});
  EXPECT_THROW(whole->feature_map(torch::randn({2, 3, 32, 32})), sslx::Error);
}

TEST(ResNetV2, HasCpcsNetworks) {
  const auto first = make_backbone("resnet_v2", {{"depth", 101}, {"stages", 3}, {"norm", "none"}});
  EXPECT_EQ(first->feature_dim(), 1024);
  const auto second = make_backbone("resnet_v2", {{"depth", 161}, {"width", 0.25}, {"norm", "ln"}});
  EXPECT_EQ(second->feature_dim(), 4096 / 4);
  EXPECT_TRUE(tensors_of(*second).contains("stages.2.blocks.45.conv3.weight"));
  EXPECT_FALSE(tensors_of(*second).contains("stages.3.blocks.0.conv1.weight"));
}

TEST(ResNet, WithoutNormsHasBiases) {
  const auto state = tensors_of(*make_backbone("resnet", {{"depth", 18}, {"norm", "none"}}));
  EXPECT_TRUE(state.contains("layer1.0.conv1.bias"));
  for (const auto& [name, tensor] : state) {
    if (!name.ends_with("bias")) continue;
    EXPECT_TRUE(tensor.eq(0).all().item<bool>()) << name;
  }
}

TEST(ResNet, TakesGrayImages) {
  for (const char* name : {"resnet", "resnet_small", "resnet_v2", "convnet"}) {
    const auto backbone = make_backbone(name, json::object(), 1);
    EXPECT_EQ(backbone->forward(torch::randn({2, 1, 64, 64})).size(1), backbone->feature_dim());
  }
}

}  // namespace
