#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/losses.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using torch::Tensor;

TEST(SimCLR, IsNtXentOfItsHead) {
  const auto method = make_method("simclr", {{"temperature", 0.5}});
  EXPECT_FALSE(method->separable());
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const sslx::Loss loss = method->loss(batch);
  // Both views through batch norm at once.
  const Tensor z = encode(*method, "encoder", torch::cat(batch.views));
  const double expected =
      sslx::nt_xent(z.slice(0, 0, 8), z.slice(0, 8, 16), 0.5).value.item<double>();
  EXPECT_NEAR(loss.value.item<double>(), expected, 1e-5);
  EXPECT_DOUBLE_EQ(loss.chance.value(), std::log(15.0));
}

TEST(SimCLR, DoesNotCareWhichViewComesFirst) {
  const auto method = make_method("simclr", nlohmann::json::object());
  method->train();
  auto batch = random_batch(8, 2, 1);
  const double loss = method->loss(batch).value.item<double>();
  std::swap(batch.views[0], batch.views[1]);
  EXPECT_NEAR(method->loss(batch).value.item<double>(), loss, 1e-5);
}

TEST(SimCLR, TrainsEveryParameter) {
  for (const char* head : {"none", "linear", "nonlinear"}) {
    const auto method = make_method("simclr", {{"head", head}, {"output_shift", true}});
    method->train();
    method->loss(random_batch(8, 2, 1)).value.backward();
    for (const auto& item : method->named_parameters()) {
      EXPECT_TRUE(item.value().grad().defined()) << head << " " << item.key();
    }
  }
}

TEST(SimCLR, EvaluatesTheBackbonesFeatures) {
  const auto method = make_method("simclr", {{"output_width", 8}});
  EXPECT_EQ(method->embed(torch::randn({2, 3, 16, 16})).sizes(), (std::vector<int64_t>{2, 16}));
}

/// Shapes of the weights of the head's linear layers, in order.
std::vector<std::vector<int64_t>> head_shapes(const nlohmann::json& parameters) {
  std::vector<std::vector<int64_t>> out;
  const auto method = make_method("simclr", parameters);
  for (const auto& item : method->named_parameters()) {
    if (item.key().find(".head.") == std::string::npos || item.value().dim() != 2) continue;
    out.push_back(item.value().sizes().vec());
  }
  return out;
}

TEST(SimCLR, HasAHeadOfAnyDepthAndWidth) {
  using Shapes = std::vector<std::vector<int64_t>>;
  EXPECT_EQ(head_shapes({{"head", "none"}}), Shapes());
  EXPECT_EQ(head_shapes({{"head", "linear"}, {"output_width", 8}}), (Shapes{{8, 16}}));
  EXPECT_EQ(head_shapes({{"output_width", 8}}), (Shapes{{16, 16}, {8, 16}}));
  EXPECT_EQ(head_shapes({{"output_width", 8}, {"hidden_width", 32}, {"head_layers", 4}}),
            (Shapes{{32, 16}, {32, 32}, {32, 32}, {8, 32}}));
}

// The head of three layers is Linear 0, norm 1, ReLU 2, Linear 3, norm 4, ReLU 5, Linear 6, norm 7.
TEST(SimCLR, FineTunesFromALayerOfTheHead) {
  const Tensor images = torch::randn({4, 3, 16, 16});
  const std::vector<size_t> ends{0, 3, 6, 8};
  for (size_t layer = 0; layer < ends.size(); ++layer) {
    const auto method = make_method(
        "simclr",
        {{"head_layers", 3}, {"hidden_width", 12}, {"output_width", 8}, {"finetune_layer", layer}});
    method->eval();
    Tensor expected = method->embed(images);
    const auto encoder = method->named_children()["encoder"];
    const auto head = encoder->named_children()["head"]->as<torch::nn::Sequential>();
    auto part = head->begin();
    for (size_t i = 0; i < ends[layer]; ++i, ++part) expected = part->forward(expected);
    const Tensor found = method->transfer_features(images);
    EXPECT_TRUE(found.equal(expected)) << layer;
    EXPECT_EQ(found.size(1), (std::vector<int64_t>{16, 12, 12, 8})[layer]);
    EXPECT_TRUE(found.requires_grad());
  }
}

TEST(SimCLR, CannotFineTuneFromALayerThatTheHeadLacks) {
  for (const nlohmann::json& head : {nlohmann::json{{"head", "none"}, {"finetune_layer", 1}},
                                     nlohmann::json{{"head", "linear"}, {"finetune_layer", 2}},
                                     nlohmann::json{{"head_layers", 3}, {"finetune_layer", 4}}}) {
    EXPECT_THROW(make_method("simclr", head), sslx::Error) << head.dump();
  }
}

TEST(SimCLR, ComparesEachLocalCropWithEachGlobalView) {
  const nlohmann::json parameters{{"temperature", 0.5}, {"head_norm", "none"}};
  const auto method = make_method("simclr", parameters, 0, false, /*local_views=*/1);
  EXPECT_EQ(method->view_count(), 3);
  method->train();
  auto batch = random_batch(8, 3, 1);
  batch.local_views = 1;
  batch.views[2] = batch.views[2].slice(2, 0, 8).slice(3, 0, 8);
  const Tensor both = encode(*method, "encoder", torch::cat({batch.views[0], batch.views[1]}));
  const Tensor local = encode(*method, "encoder", batch.views[2]);
  const Tensor first = both.slice(0, 0, 8);
  const Tensor second = both.slice(0, 8, 16);
  double expected = 0;
  for (const auto& [a, b] : {std::pair{first, second}, {local, first}, {local, second}}) {
    expected += sslx::nt_xent(a, b, 0.5).value.item<double>() / 3;
  }
  EXPECT_NEAR(method->loss(batch).value.item<double>(), expected, 1e-5);
}

}  // namespace
