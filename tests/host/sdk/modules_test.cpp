#include <gtest/gtest.h>
#include <sslx/modules.h>
#include <sslx/torch.h>

#include <cmath>

namespace {

using torch::Tensor;

TEST(MomentumUpdate, HasTheClosedFormAfterManySteps) {
  torch::nn::Linear source(3, 2);
  torch::nn::Linear target(3, 2);
  sslx::copy_frozen(*source, *target);
  const Tensor start = target->weight.clone();
  {
    const torch::NoGradGuard guard;
    source->weight.add_(1.0);
  }
  for (int step = 0; step < 10; ++step) sslx::momentum_update(*source, *target, 0.9);
  const double kept = std::pow(0.9, 10);
  EXPECT_TRUE(
      torch::allclose(target->weight, kept * start + (1 - kept) * source->weight, 1e-5, 1e-6));
}

TEST(MomentumUpdate, OfBYOLsExampleIsExact) {
  torch::nn::Linear source(torch::nn::LinearOptions(1, 1).bias(false));
  torch::nn::Linear target(torch::nn::LinearOptions(1, 1).bias(false));
  const torch::NoGradGuard guard;
  source->weight.fill_(1);
  target->weight.fill_(0);
  sslx::momentum_update(*source, *target, 0.996);
  EXPECT_FLOAT_EQ(target->weight.item<float>(), 0.004F);
}

TEST(MomentumUpdate, LeavesTheTargetsBatchStatisticsAlone) {
  torch::nn::BatchNorm1d source(2);
  torch::nn::BatchNorm1d target(2);
  source->running_mean.fill_(5);
  sslx::momentum_update(*source, *target, 0.5);
  EXPECT_EQ(target->running_mean.sum().item<float>(), 0);
}

TEST(CopyFrozen, CopiesBuffersAndStopsGradients) {
  torch::nn::BatchNorm1d source(2);
  torch::nn::BatchNorm1d target(2);
  source->running_mean.fill_(5);
  sslx::copy_frozen(*source, *target);
  EXPECT_EQ(target->running_mean.sum().item<float>(), 10);
  for (const Tensor& parameter : target->parameters()) EXPECT_FALSE(parameter.requires_grad());
}

TEST(Mlp, HasTheLayersThatAreAskedFor) {
  sslx::MlpOptions options;
  options.input = 8;
  options.hidden = 16;
  options.output = 4;
  options.layers = 3;
  options.output_norm = true;
  options.output_norm_affine = false;
  auto head = sslx::mlp(options);
  EXPECT_EQ(head->forward(torch::randn({5, 8})).sizes(), (std::vector<int64_t>{5, 4}));
  // Two hidden layers without bias and their batch norms, one last layer without bias, no affine
  // norm.
  int64_t count = 0;
  for (const Tensor& parameter : head->parameters()) count += parameter.numel();
  EXPECT_EQ(count, 8 * 16 + 2 * 16 + 16 * 16 + 2 * 16 + 16 * 4);
}

TEST(Mlp, WithoutAffineOutputNormCentresAndScales) {
  sslx::MlpOptions options;
  options.input = options.hidden = options.output = 6;
  options.output_norm = true;
  options.output_norm_affine = false;
  const Tensor z = sslx::mlp(options)->forward(torch::randn({256, 6}));
  EXPECT_NEAR(z.mean(0).abs().max().item<float>(), 0, 1e-5);
  EXPECT_NEAR((z.var(0, false) - 1).abs().max().item<float>(), 0, 1e-3);
}

TEST(Mlp, WithBatchNormIsTorchsOwnLayersButForRounding) {
  sslx::MlpOptions options;
  options.input = 6;
  options.hidden = 8;
  options.output = 4;
  options.output_norm = true;
  torch::manual_seed(5);
  auto head = sslx::mlp(options);
  torch::manual_seed(5);
  const auto linear = [](int64_t in, int64_t out) {
    return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false));
  };
  torch::nn::Sequential plain(linear(6, 8), torch::nn::BatchNorm1d(8), torch::nn::ReLU());
  plain->push_back(linear(8, 4));
  plain->push_back(torch::nn::BatchNorm1d(4));
  const Tensor x = torch::randn({16, 6});
  EXPECT_TRUE(head->forward(x).allclose(plain->forward(x), 1e-5, 1e-6));
  EXPECT_EQ(head->named_parameters().keys(), plain->named_parameters().keys());
  EXPECT_EQ(head->named_buffers().keys(), plain->named_buffers().keys());
}

TEST(Mlp, HasBiasesOnlyWhereNoNormFollows) {
  sslx::MlpOptions options;
  options.input = options.hidden = options.output = 6;
  options.norm = {.kind = sslx::NormKind::kGroup, .groups = 2, .standardised = true};
  const std::vector<std::string> hidden{"0.weight", "1.weight", "1.bias", "3.weight", "3.bias"};
  EXPECT_EQ(sslx::mlp(options)->named_parameters().keys(), hidden);
  options.norm = sslx::no_norm;
  options.output_norm = true;
  const std::vector<std::string> none{"0.weight", "0.bias", "2.weight", "2.bias"};
  EXPECT_EQ(sslx::mlp(options)->named_parameters().keys(), none);
}

TEST(Mlp, OfNoLayersIsTheIdentity) {
  sslx::MlpOptions options;
  options.layers = 0;
  const Tensor x = torch::randn({2, 3});
  EXPECT_TRUE(sslx::mlp(options)->forward(x).equal(x));
}

TEST(TrainableParameters, LeavesOutWhatIsFixed) {
  torch::nn::Linear linear(3, 2);
  linear->bias.set_requires_grad(false);
  const std::vector<Tensor> trainable = sslx::trainable_parameters(*linear);
  ASSERT_EQ(trainable.size(), 1U);
  EXPECT_TRUE(trainable[0].is_same(linear->weight));
}

/// Features are the image's pixels.
struct Pixels : sslx::Backbone {
  Tensor forward(const Tensor& images) override { return images.flatten(1); }
  int64_t feature_dim() const override { return 12; }
};

TEST(Encoder, IsItsHeadOnItsBackbone) {
  sslx::MlpOptions options;
  options.output = 5;
  sslx::Encoder encoder(std::make_shared<Pixels>(), options);
  const Tensor images = torch::randn({4, 3, 2, 2});
  EXPECT_EQ(encoder->named_parameters()["head.0.weight"].sizes(), (std::vector<int64_t>{12, 12}));
  EXPECT_TRUE(encoder->forward(images).equal(encoder->head->forward(images.flatten(1))));
}

}  // namespace
