// The losses of BYOL, Barlow Twins, InstDisc and InvaSpread against values worked out by hand.
#include <gtest/gtest.h>
#include <sslx/losses.h>

#include <cmath>

namespace {

using torch::Tensor;

const auto kDouble = torch::TensorOptions(torch::kFloat64);

TEST(NormalisedDistance, IsZeroTwoAndFour) {
  const Tensor z = torch::tensor({{3.0, 0.0}}, kDouble);
  const auto distance = [&](double x, double y) {
    return sslx::normalised_distance(torch::tensor({{x, y}}, kDouble), z).item<double>();
  };
  EXPECT_NEAR(distance(0.1, 0), 0, 1e-12);
  EXPECT_NEAR(distance(0, 7), 2, 1e-12);
  EXPECT_NEAR(distance(-2, 0), 4, 1e-12);
}

TEST(NormalisedDistance, DoesNotChangeWithTheLengthOfThePrediction) {
  torch::manual_seed(1);
  const Tensor p = torch::randn({4, 3}, kDouble);
  const Tensor z = torch::randn({4, 3}, kDouble);
  EXPECT_NEAR(sslx::normalised_distance(p, z).item<double>(),
              sslx::normalised_distance(8.5 * p, z).item<double>(), 1e-12);
}

/// Rows whose columns have mean 0, one variance and no correlation: a Hadamard matrix without its
/// first column.
Tensor decorrelated() {
  return torch::tensor({{1., 1., 1.}, {-1., 1., -1.}, {1., -1., -1.}, {-1., -1., 1.}}, kDouble);
}

// The authors' eps of 1e-5 beside a variance of 1 moves C_ii by as much.
TEST(CrossCorrelation, OfDecorrelatedViews) {
  const Tensor z = decorrelated();
  EXPECT_NEAR(sslx::cross_correlation(z, z, 0.005).value.item<double>(), 0, 1e-8);
  EXPECT_NEAR(sslx::cross_correlation(z, -z, 0.005).value.item<double>(), 4 * 3, 1e-3);
}

TEST(CrossCorrelation, OfTwoEqualFeaturesIsTwiceTheWeight) {
  const Tensor z = decorrelated().index_select(1, torch::tensor({0, 1, 1}));
  const sslx::CorrelationLoss out = sslx::cross_correlation(z, z, 0.005);
  EXPECT_NEAR(out.value.item<double>(), 0.01, 1e-6);
  EXPECT_NEAR(out.diagonal.item<double>(), 1, 1e-4);
  EXPECT_NEAR(out.off_diagonal.item<double>(), std::sqrt(2.0 / 6), 1e-4);
}

TEST(CrossCorrelation, OfConstantOutputsIsTheirNumber) {
  const Tensor z = torch::ones({8, 5}, kDouble);
  EXPECT_NEAR(sslx::cross_correlation(z, z, 0.005).value.item<double>(), 5, 1e-12);
}

TEST(CrossCorrelation, OfIndependentViewsIsWhatChanceGives) {
  torch::manual_seed(1);
  const int64_t count = 512;
  const int64_t width = 256;
  const double value =
      sslx::cross_correlation(torch::randn({count, width}), torch::randn({count, width}), 0.0051)
          .value.item<double>();
  const double expected = 256 * (1 + 1.0 / 512) + 0.0051 * 256 * 255 / 512;
  EXPECT_NEAR(value, expected, 0.01 * expected);
}

TEST(Similarities, OfSharedCandidatesAreThoseOfEachQuerysOwn) {
  torch::manual_seed(1);
  const Tensor queries = torch::randn({4, 3}, kDouble);
  const Tensor candidates = torch::randn({6, 3}, kDouble);
  const Tensor shared = sslx::similarities(queries, candidates, 0.5);
  EXPECT_NEAR(shared[1][2].item<double>(), 2 * (queries[1] * candidates[2]).sum().item<double>(),
              1e-12);
  EXPECT_TRUE(
      shared.allclose(sslx::similarities(queries, candidates.unsqueeze(0).expand({4, 6, 3}), 0.5)));
}

TEST(NoiseContrastive, OfUniformProbabilities) {
  // exp(0) / Z = 1 / n for Z = n.
  const auto value = [](int64_t negatives) {
    return sslx::noise_contrastive(torch::zeros({3, 1 + negatives}, kDouble),
                                   torch::tensor(50000.0, kDouble), 50000)
        .value.item<double>();
  };
  EXPECT_NEAR(value(1), 1.386294, 1e-6);
  EXPECT_NEAR(value(4096), 9.317888, 1e-6);
}

TEST(NoiseContrastive, StaysFiniteFarFromChance) {
  const Tensor logits = torch::tensor({{-200.f, 200.f}});
  EXPECT_TRUE(
      sslx::noise_contrastive(logits, torch::tensor(10.f), 10).value.isfinite().item<bool>());
}

TEST(InvariantSpreading, OfEqualVectors) {
  const auto value = [](int64_t count) {
    const Tensor z = torch::ones({count, 4}, kDouble);
    return sslx::invariant_spreading(z, z, 0.1).value.item<double>();
  };
  EXPECT_NEAR(value(2), 1.909543, 1e-6);
  EXPECT_NEAR(value(128), 6.539300, 1e-6);
}

TEST(InvariantSpreading, StaysFiniteWhenANegativeTakesTheWholeShare) {
  const Tensor z = torch::tensor({{1.f, 0.f}, {1.f, 0.f}});
  const auto out = sslx::invariant_spreading(z, -z, 0.01);
  EXPECT_TRUE(out.value.isfinite().item<bool>());
  EXPECT_EQ(out.accuracy.item<double>(), 0);
}

}  // namespace
