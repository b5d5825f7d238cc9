// Oracles of SwAV's codes (arXiv:2006.09882, eq. 3 to 5).
#include <gtest/gtest.h>
#include <sslx/sinkhorn.h>

#include <cmath>

namespace {

using torch::Tensor;

Tensor codes_of(const Tensor& scores, double epsilon, int64_t iterations) {
  sslx::Group alone;
  return sslx::sinkhorn(scores, epsilon, iterations, alone);
}

Tensor some_scores(int64_t images, int64_t prototypes) {
  torch::manual_seed(5);
  return torch::rand({images, prototypes}, torch::kFloat64) * 2 - 1;
}

TEST(Sinkhorn, GivesEachImageOneInTotalAfterAnyIteration) {
  for (const int64_t iterations : {1, 3, 10}) {
    const Tensor sums = codes_of(some_scores(12, 5), 0.05, iterations).sum(1);
    EXPECT_LT((sums - 1).abs().max().item<double>(), 1e-12) << iterations;
  }
}

TEST(Sinkhorn, UsesAllPrototypesAlikeInTheEnd) {
  const Tensor uses = codes_of(some_scores(12, 5), 0.2, 200).sum(0);
  EXPECT_LT((uses - 12.0 / 5).abs().max().item<double>(), 1e-6);
}

TEST(Sinkhorn, BalancesABatchSmallerThanThePrototypes) {
  const Tensor codes = codes_of(some_scores(4, 32), 0.2, 200);
  EXPECT_LT((codes.sum(1) - 1).abs().max().item<double>(), 1e-12);
  EXPECT_LT((codes.sum(0) - 4.0 / 32).abs().max().item<double>(), 1e-6);
}

TEST(Sinkhorn, HasTheFixedPointOfATwoByTwoTable) {
  const Tensor scores = torch::tensor({{1.0, 0.0}, {0.5, 0.0}}, torch::kFloat64);
  const double near = 1 / (1 + std::exp(-0.5));
  const Tensor expected = torch::tensor({{near, 1 - near}, {1 - near, near}}, torch::kFloat64);
  EXPECT_LT((codes_of(scores, 0.5, 200) - expected).abs().max().item<double>(), 1e-6);
}

TEST(Sinkhorn, IsUniformForConstantScores) {
  const Tensor scores = torch::full({6, 8}, 0.7);
  const Tensor codes = codes_of(scores, 0.05, 3);
  EXPECT_LT((codes - 1.0 / 8).abs().max().item<double>(), 1e-6);
  EXPECT_NEAR(sslx::code_prediction(scores, codes, 0.1).item<double>(), std::log(8.0), 1e-5);
}

TEST(Sinkhorn, StandsLargeScoresOverASmallEpsilon) {
  const Tensor scores = some_scores(16, 4).to(torch::kFloat32) * 5;  // exp(500) is no float
  const Tensor codes = codes_of(scores, 0.01, 3);
  EXPECT_TRUE(codes.isfinite().all().item<bool>());
  EXPECT_EQ(codes.scalar_type(), torch::kFloat32);
  EXPECT_EQ(codes_of(scores.to(torch::kBFloat16), 0.05, 3).scalar_type(), torch::kFloat32);
}

TEST(Sinkhorn, GivesTheCodesNoGradient) {
  const Tensor z = some_scores(6, 3).requires_grad_();
  EXPECT_FALSE(codes_of(z, 0.05, 3).requires_grad());
  const Tensor codes = some_scores(6, 3).softmax(1).requires_grad_();
  sslx::code_prediction(z, codes, 0.1).backward();
  EXPECT_TRUE(z.grad().defined());
  EXPECT_FALSE(codes.grad().defined());
}

}  // namespace
