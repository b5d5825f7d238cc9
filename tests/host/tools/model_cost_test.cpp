// Multiply-adds that are counted against those that are worked out on paper, and against the
// published figures of well-known networks.
#include "host/tools/model_cost.h"

#include <gtest/gtest.h>
#include <sslx/backbone.h>
#include <sslx/torch.h>

#include <cstdlib>

#include "host/plugins/loader.h"

namespace {

using sslx::train::model_cost;
using torch::Tensor;
namespace nn = torch::nn;

struct Small : sslx::Backbone {
  Small()
      : conv(register_module(
            "conv", nn::Conv2d(nn::Conv2dOptions(4, 8, 3).stride(2).padding(1).groups(2)))),
        up(register_module("up",
                           nn::ConvTranspose2d(nn::ConvTranspose2dOptions(8, 4, 2).stride(2)))),
        linear(register_module("linear", nn::Linear(4, 6))) {}
  Tensor forward(const Tensor& images) override {
    const Tensor tokens = up(conv(images)).flatten(2).transpose(1, 2);
    return linear(tokens).mean(1);
  }
  int64_t feature_dim() const override { return 6; }
  nn::Conv2d conv;
  nn::ConvTranspose2d up;
  nn::Linear linear;
};

TEST(ModelCost, CountsConvolutionsAndProductsOfMatrices) {
  Small net;
  const auto cost = model_cost(net, 4, 8);
  const int64_t conv = 4 * 4 * 8 * (4 / 2 * 9);
  const int64_t up = 4 * 4 * 8 * (4 * 4);
  const int64_t linear = 64 * 4 * 6;
  EXPECT_EQ(cost.multiply_adds, conv + up + linear);
  EXPECT_EQ(cost.parameters, (8 * 2 * 9 + 8) + (8 * 4 * 4 + 4) + (4 * 6 + 6));
  EXPECT_EQ(cost.features, 6);
}

struct Attending : sslx::Backbone {
  explicit Attending(bool fused) : fused(fused) {}
  Tensor forward(const Tensor& images) override {
    const Tensor q = images.flatten(2);  // [1, 3, L] as 3 heads of L tokens of width 1
    const Tensor x = q.unsqueeze(3).expand({1, 3, q.size(2), 5}).contiguous();
    if (fused) return at::scaled_dot_product_attention(x, x, x).mean({0, 1, 2}).unsqueeze(0);
    return torch::matmul(torch::matmul(x, x.transpose(2, 3)).softmax(-1), x).mean({0, 1, 2});
  }
  int64_t feature_dim() const override { return 5; }
  bool fused;
};

TEST(ModelCost, CountsBothProductsOfAnAttention) {
  for (const bool fused : {true, false}) {
    Attending net(fused);
    EXPECT_EQ(model_cost(net, 3, 4).multiply_adds, 2 * 3 * 16 * 16 * 5) << fused;
  }
}

sslx::train::ModelCost cost_of(const std::string& name, const nlohmann::json& parameters) {
  const auto file =
      std::filesystem::path(std::getenv("SSLX_BINARY_DIR")) / "plugins/backbones" / (name + ".so");
  const sslx::PluginFile plugin = sslx::read_plugin(file);
  const auto values = sslx::Parameters::resolve(plugin.schema, parameters, name);
  return model_cost(*sslx::load_plugin(plugin).make_backbone({values, 3}), 3, 224);
}

/// He et al. 2016, table 1, less the classifier; torchvision's counts of the same.
TEST(ModelCost, IsThePublishedOneOfResNets) {
  const auto resnet18 = cost_of("resnet", {{"depth", 18}});
  EXPECT_EQ(resnet18.parameters, 11'689'512 - 513'000);
  EXPECT_NEAR(static_cast<double>(resnet18.multiply_adds), 1.814e9, 0.005e9);
  const auto resnet50 = cost_of("resnet", {{"depth", 50}});
  EXPECT_EQ(resnet50.parameters, 25'557'032 - 2'049'000);
  EXPECT_NEAR(static_cast<double>(resnet50.multiply_adds), 4.089e9, 0.005e9);
}

/// Touvron et al. 2021 (DeiT), table 1, and timm's counts without the classifier.
TEST(ModelCost, IsThePublishedOneOfViTs) {
  const auto small = cost_of("vit", {{"size", "small"}});
  EXPECT_EQ(small.parameters, 21'665'664);
  EXPECT_NEAR(static_cast<double>(small.multiply_adds), 4.6e9, 0.02e9);
  const auto base = cost_of("vit", {{"size", "base"}});
  EXPECT_EQ(base.parameters, 85'798'656);
  EXPECT_NEAR(static_cast<double>(base.multiply_adds), 17.58e9, 0.05e9);
}

}  // namespace
