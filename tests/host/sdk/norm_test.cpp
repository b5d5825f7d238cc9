// The norms against their definitions in float64 and torch's own modules, and weight
// standardisation against its oracles.
#include <gtest/gtest.h>
#include <sslx/conv.h>
#include <sslx/error.h>
#include <sslx/norm.h>

#include <nlohmann/json.hpp>

namespace {

using sslx::Norm;
using sslx::NormKind;
using sslx::NormOptions;
using torch::Tensor;

/// A norm with a scale and shift of its own.
Norm trained(int64_t channels, const NormOptions& options) {
  Norm norm(channels, options);
  const torch::NoGradGuard guard;
  norm->weight.uniform_(0.5, 1.5);
  norm->bias.uniform_(-1, 1);
  return norm;
}

/// (x - mean) / sqrt(var + eps) over these dimensions, in float64.
Tensor normalised(const Tensor& x, torch::IntArrayRef over) {
  const Tensor wide = x.to(torch::kFloat64);
  const Tensor centred = wide - wide.mean(over, /*keepdim=*/true);
  return centred / (centred.square().mean(over, true) + 1e-5).sqrt();
}

/// The scale and shift of [N, C, ...].
Tensor scaled(const Tensor& x, const Norm& norm) {
  std::vector<int64_t> shape(x.dim(), 1);
  shape[1] = -1;
  return x * norm->weight.view(shape) + norm->bias.view(shape);
}

void expect_close(const Tensor& result, const Tensor& expected) {
  ASSERT_EQ(result.sizes(), expected.sizes());
  EXPECT_LT((result - expected).abs().max().item<double>(), 2e-6);
}

template <typename TorchNorm>
void expect_same_as_torch(const Tensor& x, NormKind kind) {
  Norm norm = trained(6, {kind});
  TorchNorm expected(6);
  const torch::NoGradGuard guard;
  expected->weight.copy_(norm->weight);
  expected->bias.copy_(norm->bias);
  for (const bool training : {true, true, false}) {
    norm->train(training);
    expected->train(training);
    EXPECT_TRUE(norm(x).equal(expected(x)));
  }
  for (const auto& item : expected->named_buffers()) {
    EXPECT_TRUE(item.value().equal(norm->named_buffers()[item.key()])) << item.key();
  }
  EXPECT_EQ(norm->named_parameters().keys(), expected->named_parameters().keys());
  EXPECT_EQ(norm->named_buffers().keys(), expected->named_buffers().keys());
}

TEST(Norm, OfBatchesIsTorchsToTheBit) {
  for (const NormKind kind : {NormKind::kBatch, NormKind::kSyncBatch}) {
    expect_same_as_torch<torch::nn::BatchNorm2d>(torch::randn({5, 6, 4, 3}) * 2 + 1, kind);
    expect_same_as_torch<torch::nn::BatchNorm1d>(torch::randn({5, 6}) * 2 + 1, kind);
  }
}

TEST(Norm, OfBatchesTakesTokensTogether) {
  Norm norm(6, NormOptions{});
  const Tensor tokens = torch::randn({5, 7, 6});
  const Tensor expected = normalised(tokens.reshape({35, 6}), {0}).view({5, 7, 6});
  expect_close(norm(tokens), expected);
}

TEST(Norm, OfGroupsIsItsDefinition) {
  const Tensor x = torch::randn({5, 8, 4, 3}) * 2 + 1;
  Norm norm = trained(8, {.kind = NormKind::kGroup, .groups = 2});
  const Tensor expected = normalised(x.view({5, 2, 4, 4, 3}), {2, 3, 4}).view(x.sizes());
  expect_close(norm(x), scaled(expected, norm));
  const Tensor last = norm(x.contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(last.is_contiguous(torch::MemoryFormat::ChannelsLast));
  expect_close(last, scaled(expected, norm));
  const Tensor rows = torch::randn({5, 8});
  expect_close(norm(rows), scaled(normalised(rows.view({5, 2, 4}), {2}).view({5, 8}), norm));
  const Tensor tokens = x.flatten(2).transpose(1, 2);
  expect_close(norm(tokens), scaled(expected, norm).flatten(2).transpose(1, 2));
}

TEST(Norm, OfOneGroupIsLayerNormAndOfAsManyAsChannelsInstanceNorm) {
  const Tensor x = torch::randn({5, 8, 4, 3}) * 2 + 1;
  Norm one = trained(8, {.kind = NormKind::kGroup, .groups = 1});
  expect_close(one(x), scaled(normalised(x, {1, 2, 3}), one));
  Norm each = trained(8, {.kind = NormKind::kGroup, .groups = 8});
  expect_close(each(x), scaled(normalised(x, {2, 3}), each));
}

TEST(Norm, OfLayersIsOverAnImageOrAToken) {
  Norm norm = trained(8, {NormKind::kLayer});
  const Tensor x = torch::randn({5, 8, 4, 3}) * 2 + 1;
  expect_close(norm(x), scaled(normalised(x, {1, 2, 3}), norm));
  const Tensor rows = torch::randn({5, 8});
  expect_close(norm(rows), scaled(normalised(rows, {1}), norm));
  const Tensor tokens = torch::randn({5, 7, 8});
  expect_close(norm(tokens), normalised(tokens, {2}) * norm->weight + norm->bias);
}

TEST(Norm, OfNoneIsTheInputAndHasNoState) {
  Norm norm(8, sslx::no_norm);
  const Tensor x = torch::randn({5, 8, 4, 3});
  EXPECT_TRUE(norm(x).is_same(x));
  EXPECT_TRUE(norm->parameters().empty() && norm->buffers().empty());
  // The input may be a shortcut that is read again.
  const Tensor kept = x.clone();
  sslx::norm_relu(norm, x);
  EXPECT_TRUE(x.equal(kept));
}

TEST(Norm, WithoutScaleAndShiftOnlyNormalises) {
  for (const NormKind kind : {NormKind::kBatch, NormKind::kGroup, NormKind::kLayer}) {
    Norm norm(8, NormOptions{.kind = kind, .groups = 2, .affine = false});
    EXPECT_TRUE(norm->parameters().empty());
    const Tensor out = norm(torch::randn({64, 8}) * 3 + 2);
    EXPECT_NEAR(out.mean().item<double>(), 0, 1e-5);
    EXPECT_NEAR(out.var(/*unbiased=*/false).item<double>(), 1, 1e-3);
  }
}

TEST(Norm, RefusesWhatWouldBeConstant) {
  EXPECT_THROW(Norm(6, NormOptions{.kind = NormKind::kGroup, .groups = 4}), sslx::Error);
  Norm each(8, NormOptions{.kind = NormKind::kGroup, .groups = 8});
  EXPECT_THROW(each(torch::randn({4, 8})), sslx::Error);
  EXPECT_NO_THROW(each(torch::randn({4, 8, 2, 1})));
  EXPECT_THROW(Norm(1, NormOptions{NormKind::kLayer})(torch::randn({4, 1})), sslx::Error);
  EXPECT_THROW(each(torch::randn({8})), sslx::Error);
}

TEST(NormOptions, AreWhatTheParametersSay) {
  const std::vector<sslx::ParameterSpec> schema{sslx::norm_parameter("head_norm", "ln"),
                                                sslx::groups_parameter()};
  const auto read = [&](const nlohmann::json& values) {
    return sslx::norm_options(sslx::Parameters::resolve(schema, values, "test"), "head_norm");
  };
  EXPECT_EQ(read(nlohmann::json::object()).kind, NormKind::kLayer);
  EXPECT_EQ(read({{"head_norm", "sync_bn"}}).kind, NormKind::kSyncBatch);
  const NormOptions group = read({{"head_norm", "gn+ws"}, {"groups", 4}});
  EXPECT_EQ(group.kind, NormKind::kGroup);
  EXPECT_EQ(group.groups, 4);
  EXPECT_TRUE(group.standardised);
  EXPECT_FALSE(read({{"head_norm", "gn"}}).standardised);
  EXPECT_THROW(read({{"head_norm", "batch"}}), sslx::Error);
}

TEST(Standardised, HasRowsOfMeanZeroAndVarianceOne) {
  const Tensor weight = torch::randn({16, 8, 3, 3}) * 0.02 + 0.3;
  const Tensor rows = sslx::standardised(weight).flatten(1).to(torch::kFloat64);
  EXPECT_LT(rows.mean(1).abs().max().item<double>(), 5e-6);
  EXPECT_LT((rows.var(1, /*unbiased=*/false) - 1).abs().max().item<double>(), 1e-5);
}

TEST(Standardised, DoesNotSeeAShiftOrAPositiveScale) {
  const Tensor weight = torch::randn({16, 72}).to(torch::kFloat64);
  const Tensor out = sslx::standardised(weight);
  EXPECT_TRUE(torch::allclose(sslx::standardised(weight + 7), out, 1e-10, 1e-10));
  for (const double scale : {0.03, 1.0, 40.0}) {
    EXPECT_TRUE(torch::allclose(sslx::standardised(weight * scale), out, 0, 1e-6)) << scale;
  }
  EXPECT_TRUE(torch::allclose(sslx::standardised(-weight), -out, 1e-10, 1e-10));
}

TEST(Standardised, KeepsChannelsLast) {
  const Tensor weight = torch::randn({16, 8, 3, 3});
  const Tensor last = sslx::standardised(weight.contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(last.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(torch::allclose(last, sslx::standardised(weight), 1e-5, 1e-6));
}

TEST(Standardised, HasTheGradientOfItsDifferences) {
  const Tensor weight = torch::randn({3, 6}, torch::dtype(torch::kFloat64)).requires_grad_();
  const Tensor factor = torch::randn({3, 6}, torch::kFloat64);
  (sslx::standardised(weight) * factor).sum().backward();
  const torch::NoGradGuard guard;
  for (int64_t i = 0; i < weight.numel(); ++i) {
    Tensor moved = weight.clone();
    moved.view(-1)[i] += 1e-6;
    const Tensor difference = ((sslx::standardised(moved) - sslx::standardised(weight)) * factor);
    EXPECT_NEAR(weight.grad().view(-1)[i].item<double>(), difference.sum().item<double>() / 1e-6,
                1e-4);
  }
  // Neither a shift nor a scale of a row changes it, so the gradient points along neither.
  EXPECT_LT(weight.grad().sum(1).abs().max().item<double>(), 1e-12);
  EXPECT_LT((weight.grad() * weight).sum(1).abs().max().item<double>(), 1e-8);
}

TEST(Standardised, LayersGiveTheSameOutputForAShiftedAndScaledWeight) {
  torch::manual_seed(0);
  sslx::Conv2d conv(torch::nn::Conv2dOptions(4, 6, 3).padding(1).stride(2), true);
  sslx::Linear linear(torch::nn::LinearOptions(4, 6), true);
  const Tensor images = torch::randn({2, 4, 8, 8}), rows = torch::randn({2, 4});
  const torch::NoGradGuard guard;
  const Tensor convolved = conv(images), mapped = linear(rows);
  conv->weight.mul_(5).add_(1);
  linear->weight.mul_(5).add_(1);
  EXPECT_TRUE(torch::allclose(conv(images), convolved, 1e-4, 1e-4));
  EXPECT_TRUE(torch::allclose(linear(rows), mapped, 1e-4, 1e-4));
  EXPECT_EQ(convolved.sizes(), (std::vector<int64_t>{2, 6, 4, 4}));
}

TEST(Standardised, LayersThatAreNotAreTorchsToTheBit) {
  torch::manual_seed(3);
  sslx::Conv2d conv(torch::nn::Conv2dOptions(4, 6, 3).padding(1), false);
  sslx::Linear linear = sslx::linear_before({}, 4, 6);
  torch::manual_seed(3);
  torch::nn::Conv2d plain(torch::nn::Conv2dOptions(4, 6, 3).padding(1));
  torch::nn::Linear plain_linear(torch::nn::LinearOptions(4, 6).bias(false));
  const Tensor images = torch::randn({2, 4, 8, 8}), rows = torch::randn({2, 4});
  EXPECT_TRUE(conv(images).equal(plain(images)));
  EXPECT_TRUE(linear(rows).equal(plain_linear(rows)));
}

TEST(Standardised, LayersRefuseOneInputAndTorchsCopy) {
  EXPECT_THROW(sslx::Conv2d(torch::nn::Conv2dOptions(1, 4, 1), true), sslx::Error);
  EXPECT_THROW(sslx::Linear(torch::nn::LinearOptions(1, 4), true), sslx::Error);
  EXPECT_THROW(sslx::Linear(torch::nn::LinearOptions(4, 4), true)->clone(), sslx::Error);
}

TEST(NormAndStandardised, GiveAnImageTheSameWhateverTheOthersAre) {
  const NormOptions options{.kind = NormKind::kGroup, .groups = 4, .standardised = true};
  sslx::Conv2d conv = sslx::conv_before(options, torch::nn::Conv2dOptions(3, 16, 3));
  Norm norm(16, options);
  const Tensor images = torch::randn({4, 3, 12, 12});
  Tensor others = torch::randn({4, 3, 12, 12}) * 10;
  others[0] = images[0];
  EXPECT_TRUE(norm(conv(images))[0].equal(norm(conv(others))[0]));
  EXPECT_FALSE(conv->bias.defined());
  EXPECT_TRUE(sslx::conv_before(sslx::no_norm, torch::nn::Conv2dOptions(3, 4, 3))->bias.defined());
}

}  // namespace
