// What a vision transformer keeps whatever its weights are: what is frozen, how it begins, what its
// poolings, maps and norms have to do with each other, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/method.h>
#include <sslx/modules.h>

#include <set>

#include "host/train/device.h"
#include "tests/plugins/backbones/vit_fixture.h"

namespace {

using nlohmann::json;
using torch::Tensor;
using namespace sslx::test;

/// A method that is nothing but its backbone.
struct Bare : sslx::Method {
  explicit Bare(std::shared_ptr<sslx::Backbone> made)
      : backbone(register_module("backbone", std::move(made))) {}
  sslx::Loss loss(const sslx::Batch& batch) override {
    return {embed(batch.views[0]).square().mean(), {}};
  }
  Tensor embed(const Tensor& images) override { return backbone->forward(images); }
  std::shared_ptr<sslx::Backbone> backbone;
};

std::map<std::string, Tensor> parameters_of(const torch::nn::Module& module) {
  std::map<std::string, Tensor> out;
  for (const auto& item : module.named_parameters()) out[item.key()] = item->detach().clone();
  return out;
}

double largest(const Tensor& x) { return x.abs().max().item<double>(); }

TEST(Vit, FrozenPatchProjectionAndFixedPositionsStayBitEqual) {
  Bare method(make_vit(small_vit({{"patch_projection", "frozen"}, {"positions", "sincos"}})));
  Bare target(make_vit(small_vit({{"patch_projection", "frozen"}, {"positions", "sincos"}})));
  sslx::copy_frozen(method, target);
  const auto before = parameters_of(method);
  const auto groups = method.parameter_groups();
  EXPECT_EQ(groups.at(0).parameters.size(), before.size() - 3);
  torch::optim::SGD sgd(groups[0].parameters,
                        torch::optim::SGDOptions(0.5).momentum(0.9).weight_decay(0.1));
  for (int step = 0; step < 2; ++step) {
    sgd.zero_grad();
    method.loss({{formula_images({4, 3, 32, 32})}, {}, {}}).value.backward();
    sgd.step();
    sslx::momentum_update(method, target, 0.7);
  }
  const std::set<std::string> frozen{"backbone.pos_embed", "backbone.patch_embed.proj.weight",
                                     "backbone.patch_embed.proj.bias"};
  for (const auto& [name, value] : parameters_of(method)) {
    EXPECT_EQ(value.equal(before.at(name)), frozen.contains(name)) << name;
  }
  for (const auto& [name, value] : parameters_of(target)) {
    EXPECT_EQ(value.equal(before.at(name)), frozen.contains(name)) << name;
  }
}

TEST(Vit, FrozenPatchProjectionIsDrawnAsMoCoV3Draws) {
  for (const auto& [channels, patch] : {std::pair{3, 4}, {1, 8}}) {
    const auto vit =
        make_vit(small_vit({{"patch_projection", "frozen"}, {"patch_size", patch}}), channels);
    const auto state = parameters_of(*vit);
    const double bound = std::sqrt(6.0 / (channels * patch * patch + 48));
    const Tensor& weight = state.at("patch_embed.proj.weight");
    EXPECT_LE(largest(weight), bound);
    EXPECT_GT(largest(weight), 0.99 * bound);
    EXPECT_NEAR(weight.std().item<double>(), bound / std::sqrt(3.0), 0.03 * bound);
    EXPECT_EQ(largest(state.at("patch_embed.proj.bias")), 0);
  }
}

TEST(Vit, XavierInitTakesQueriesKeysAndValuesApart) {
  const auto state = parameters_of(*make_vit(small_vit({{"init", "xavier_uniform"}})));
  const auto expect_bound = [](const Tensor& weight, double inputs, double outputs) {
    const double bound = std::sqrt(6 / (inputs + outputs));
    EXPECT_LE(largest(weight), bound);
    EXPECT_GT(largest(weight), 0.99 * bound);
  };
  for (const Tensor& part : state.at("blocks.1.attn.qkv.weight").chunk(3)) {
    expect_bound(part, 48, 48);
  }
  expect_bound(state.at("blocks.0.attn.proj.weight"), 48, 48);
  expect_bound(state.at("blocks.2.mlp.fc1.weight"), 48, 192);
  expect_bound(state.at("blocks.2.mlp.fc2.weight"), 192, 48);
  expect_bound(state.at("patch_embed.proj.weight"), 48, 48);
  EXPECT_LT(largest(state.at("cls_token")), 1e-5);
  EXPECT_GT(largest(state.at("cls_token")), 1e-7);
  for (const auto& [name, value] : state) {
    if (name.ends_with("bias")) {
      EXPECT_EQ(largest(value), 0) << name;
    }
  }
}

TEST(Vit, TruncatedNormalInitHasADeviationOfAFiftieth) {
  const auto state = parameters_of(*make_vit({{"size", "tiny"}, {"depth", 1}}));
  for (const char* name : {"blocks.0.attn.qkv.weight", "blocks.0.mlp.fc1.weight", "pos_embed"}) {
    EXPECT_NEAR(state.at(name).std().item<double>(), 0.02, 4e-4) << name;
  }
  EXPECT_NEAR(state.at("cls_token").std().item<double>(), 0.02, 4e-3);
  EXPECT_EQ(largest(state.at("blocks.0.attn.qkv.bias")), 0);
}

TEST(Vit, MeanPoolingIsTheMeanOfTheFeatureMap) {
  const Tensor images = formula_images({2, 3, 24, 32});
  const auto mean = make_vit(small_vit({{"pooling", "mean"}}));
  const Tensor map = mean->feature_map(images);
  EXPECT_EQ(map.sizes(), (torch::IntArrayRef{2, 48, 6, 8}));
  EXPECT_LT(largest_difference(mean->forward(images), map.mean({2, 3})), 1e-6);
  const auto class_token = make_vit(small_vit());
  EXPECT_TRUE(class_token->feature_map(images).equal(map));
  EXPECT_GT(largest_difference(class_token->forward(images), map.mean({2, 3})), 0.1);
}

TEST(Vit, AttentionIsAShareOfOneAndFollowsThePatchesThatMove) {
  const auto vit = make_vit(small_vit());
  set_formula_weights(*vit);
  const torch::NoGradGuard guard;
  const Tensor images = formula_images({2, 3, 32, 32});
  const Tensor attention = vit->attention_map(images);
  EXPECT_EQ(attention.sizes(), (torch::IntArrayRef{2, 4, 8, 8}));
  EXPECT_GE(attention.min().item<double>(), 0);
  EXPECT_LT(attention.sum({2, 3}).max().item<double>(), 1);
  EXPECT_GT(attention.sum({2, 3}).min().item<double>(), 0.5);
  const Tensor moved = images.roll({8, 12}, {2, 3});  // By two rows and three columns of patches.
  EXPECT_GT(largest_difference(vit->forward(moved), vit->forward(images)), 1e-2);
  vit->named_parameters()["pos_embed"].zero_();  // Now only the patches' contents count.
  EXPECT_LT(largest_difference(vit->forward(moved), vit->forward(images)), 1e-4);
  EXPECT_LT(largest_difference(vit->attention_map(moved),
                               vit->attention_map(images).roll({2, 3}, {2, 3})),
            1e-5);
}

TEST(Vit, CropsOfTwoSizesTrainEveryParameter) {
  for (const char* pooling : {"class_token", "mean"}) {
    const auto vit = make_vit(small_vit({{"pooling", pooling}}));
    const Tensor weight = formula_uniform("target", {48});  // A norm's plain sum has no gradient.
    const Tensor loss = (vit->forward(formula_images({2, 3, 32, 32})) * weight).sum() +
                        (vit->forward(formula_images({2, 3, 12, 12})) * weight).sum();
    loss.backward();
    for (const auto& item : vit->named_parameters()) {
      ASSERT_TRUE(item->grad().defined()) << item.key();
      EXPECT_GT(largest(item->grad()), 0) << item.key();
    }
  }
}

TEST(Vit, TakesEveryNorm) {
  const Tensor images = formula_images({4, 3, 32, 32});
  for (const std::string norm : {"bn", "sync_bn", "gn", "gn+ws", "ln", "none"}) {
    const auto vit = make_vit(small_vit({{"norm", norm}, {"groups", 8}}));
    const Tensor features = vit->forward(images);
    EXPECT_TRUE(features.isfinite().all().item<bool>()) << norm;
    features.square().sum().backward();
    EXPECT_EQ(vit->named_parameters().contains("blocks.2.norm2.weight"), norm != "none") << norm;
    EXPECT_EQ(vit->named_buffers().contains("norm.running_var"), norm.ends_with("bn")) << norm;
    vit->eval();
    const Tensor alone = vit->forward(images.narrow(0, 1, 1));
    EXPECT_LT(largest_difference(alone, vit->forward(images).narrow(0, 1, 1)), 1e-5) << norm;
  }
}

TEST(Vit, LayerNormHasAnEpsOfAMillionth) {
  const auto vit = make_vit(small_vit());
  const torch::NoGradGuard guard;
  for (Tensor& parameter : vit->parameters()) parameter.zero_();
  auto parameters = vit->named_parameters();
  const Tensor signs = torch::tensor({1.0F, -1.0F}).repeat(24);
  parameters["norm.weight"].fill_(1);
  parameters["cls_token"].copy_(1e-3 * signs);  // A variance as large as eps.
  const Tensor features = vit->forward(formula_images({1, 3, 32, 32}))[0];
  EXPECT_LT(largest_difference(features, signs * std::sqrt(0.5)), 1e-4);
}

TEST(Vit, AutocastStaysNearFloat32) {
  const auto vit = make_vit(small_vit());
  set_formula_weights(*vit);
  const torch::NoGradGuard guard;
  const Tensor images = formula_images({4, 3, 20, 20});
  const Tensor exact = vit->forward(images);
  const sslx::train::Autocast autocast(torch::kCPU, true);
  const Tensor coarse = vit->forward(images);
  EXPECT_EQ(coarse.scalar_type(), torch::kFloat32);
  EXPECT_LT((coarse - exact).norm().item<double>(), 0.02 * exact.norm().item<double>());
}

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const sslx::Error& error) {
    EXPECT_EQ(error.kind(), sslx::ErrorKind::kInput);
    return error.what();
  }
  return "nothing";
}

TEST(Vit, RefusesWhatHasNoMeaning) {
  EXPECT_EQ(refusal([] {
              make_vit(small_vit({{"heads", 5}}));
            }),
            "vit: 5 heads cannot share a width of 48 equally; choose heads that divide the width");
  EXPECT_EQ(refusal([] {
              make_vit(small_vit())->forward(torch::zeros({1, 3, 32, 30}));
            }),
            "vit: 32 x 30 pixels are no whole number of patches of 4; choose an image size that is "
            "a multiple of patch_size");
  EXPECT_THAT(refusal([] {
                make_vit(small_vit({{"patch_size", 5}}));
              }),
              testing::StartsWith("vit: 32 x 32 pixels are no whole number of patches of 5"));
  EXPECT_EQ(refusal([] {
              make_vit(small_vit({{"positions", "sincos"}, {"width", 50}, {"heads", 5}}));
            }),
            "sine-cosine positions need a width that is a multiple of 4, and 50 is not");
}

TEST(Vit, StandardisesWhatWritesToTheStream) {
  torch::manual_seed(0);
  const auto vit = make_vit(small_vit({{"norm", "gn+ws"}, {"groups", 8}}));
  const Tensor images = torch::randn({2, 3, 32, 32});
  const Tensor before = vit->forward(images);
  const torch::NoGradGuard guard;
  for (auto& item : vit->named_parameters()) {
    const bool writes =
        item.key().ends_with("attn.proj.weight") || item.key().ends_with("mlp.fc2.weight");
    if (writes) item.value().mul_(3).add_(0.5);
  }
  EXPECT_TRUE(torch::allclose(vit->forward(images), before, 1e-4, 1e-4));
}

TEST(Backbone, WithoutMapsSaysSo) {
  struct Flat : sslx::Backbone {
    Tensor forward(const Tensor& images) override { return images.flatten(1); }
    int64_t feature_dim() const override { return 12; }
  } flat;
  EXPECT_EQ(refusal([&] { flat.feature_map({}); }),
            "this backbone gives no feature map, only one vector an image; choose one that keeps "
            "its features in their places, such as a ResNet or a ViT");
  EXPECT_EQ(refusal([&] { flat.attention_map({}); }),
            "this backbone has no attention to show; choose one with a class token, such as vit");
}

}  // namespace
