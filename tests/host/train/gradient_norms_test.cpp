#include "host/train/gradient_norms.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using sslx::train::GradientNorms;
using torch::Tensor;

/// A layer of its own, and two blocks, the first of which has two layers and a norm.
struct LayeredBackbone : sslx::Backbone {
  LayeredBackbone() {
    register_module("stem", torch::nn::Linear(3, 3));
    for (const char* name : {"fc1", "fc2"}) block0->register_module(name, torch::nn::Linear(3, 3));
    block0->register_module("norm", torch::nn::LayerNorm(std::vector<int64_t>{3}));
    block1->register_module("fc1", torch::nn::Linear(3, 3));
    blocks->push_back(block0);
    blocks->push_back(block1);
    register_module("blocks", blocks);
  }
  Tensor forward(const Tensor& images) override { return images; }
  int64_t feature_dim() const override { return 3; }
  std::shared_ptr<torch::nn::Module> block0 = std::make_shared<torch::nn::Module>();
  std::shared_ptr<torch::nn::Module> block1 = std::make_shared<torch::nn::Module>();
  torch::nn::ModuleList blocks;
};

/// A frozen backbone before the trained one.
struct LayeredMethod : sslx::Method {
  LayeredMethod() {
    for (const char* name : {"target", "online"}) {
      const auto backbone = register_module(name, std::make_shared<LayeredBackbone>());
      for (Tensor p : backbone->parameters()) p.set_requires_grad(std::string(name) == "online");
    }
  }
  sslx::Loss loss(const sslx::Batch&) override { return {}; }
  Tensor embed(const Tensor& images) override { return images; }

  void set_gradients(double value) {
    for (Tensor p : parameters()) {
      if (p.requires_grad()) p.mutable_grad() = torch::full_like(p, value);
    }
  }
};

TEST(GradientNorms, AreThoseOfEachLayersWeights) {
  LayeredMethod method;
  GradientNorms norms(method);
  method.set_gradients(2);
  norms.see();
  const auto layers = norms.layers();
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_NEAR(layers.at("gradient_norm.stem"), 2 * 3, 1e-5);
  EXPECT_NEAR(layers.at("gradient_norm.blocks.0"), 2 * std::sqrt(18.0), 1e-5);
  EXPECT_NEAR(layers.at("gradient_norm.blocks.1"), 2 * 3, 1e-5);
}

TEST(GradientNorms, AreTheLargestSinceTheyWereAsked) {
  LayeredMethod method;
  GradientNorms norms(method);
  for (const double value : {1.0, 5.0, 2.0}) {
    method.set_gradients(value);
    norms.see();
  }
  EXPECT_NEAR(norms.ends().at("gradient_norm_first").item<double>(), 15, 1e-5);
  norms.see();
  EXPECT_NEAR(norms.ends().at("gradient_norm_last").item<double>(), 6, 1e-5);
  EXPECT_NEAR(norms.layers().at("gradient_norm.stem"), 15, 1e-5) << "asked for by itself";
}

TEST(GradientNorms, LeaveOutWhatIsFrozen) {
  LayeredMethod method;
  for (Tensor p : method.named_children()["online"]->named_children()["stem"]->parameters()) {
    p.set_requires_grad(false);
  }
  GradientNorms norms(method);
  method.set_gradients(1);
  norms.see();
  EXPECT_EQ(norms.layers().count("gradient_norm.stem"), 0U);
  EXPECT_NEAR(norms.ends().at("gradient_norm_first").item<double>(), std::sqrt(18.0), 1e-5);
  for (Tensor p : method.parameters()) p.set_requires_grad(false);
  GradientNorms none(method);
  none.see();
  EXPECT_TRUE(none.ends().empty());
  EXPECT_TRUE(none.layers().empty());
}

}  // namespace
