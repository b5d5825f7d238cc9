// Oracles of k-means as DeepCluster has it; against scikit-learn in clustering_reference_test.cpp.
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/kmeans.h>
#include <sslx/losses.h>

namespace {

using torch::Tensor;

Tensor some_rows(int64_t count, int64_t width, uint64_t seed = 3) {
  return torch::randn({count, width}, at::detail::createCPUGenerator(seed), torch::kFloat64);
}

double after(const Tensor& rows, int64_t iterations, bool spherical) {
  return sslx::kmeans(rows, rows.slice(0, 0, 6), {.iterations = iterations, .spherical = spherical})
      .objective.item<double>();
}

TEST(KMeans, NeverMovesAwayFromItsObjective) {
  const Tensor rows = some_rows(200, 4);
  for (int64_t i = 0; i < 12; ++i) {
    EXPECT_LE(after(rows, i + 1, false), after(rows, i, false) + 1e-12) << i;
    EXPECT_GE(after(sslx::unit_rows(rows), i + 1, true),
              after(sslx::unit_rows(rows), i, true) - 1e-12)
        << i;
  }
  EXPECT_LT(after(rows, 12, false), 0.95 * after(rows, 0, false));
}

TEST(KMeans, KeepsSphericalCentroidsOnTheSphere) {
  const Tensor rows = sslx::unit_rows(some_rows(100, 5));
  const auto found = sslx::kmeans(rows, rows.slice(0, 0, 7), {.iterations = 5, .spherical = true});
  EXPECT_LT((found.centroids.norm(2, 1) - 1).abs().max().item<double>(), 1e-12);
  EXPECT_TRUE(found.labels.equal(torch::mm(rows, found.centroids.t()).argmax(1)));
}

TEST(KMeans, DoesNotCareAboutTheOrderOfTheRows) {
  const Tensor rows = some_rows(100, 3);
  const Tensor start = rows.slice(0, 0, 5);
  const Tensor order = torch::randperm(100, at::detail::createCPUGenerator(1), torch::kInt64);
  const Tensor labels = sslx::kmeans(rows, start, {}).labels;
  EXPECT_TRUE(sslx::kmeans(rows.index_select(0, order), start, {})
                  .labels.equal(labels.index_select(0, order)));
}

TEST(KMeans, FindsSeparatedBlobs) {
  const Tensor blob = torch::arange(90).remainder(3);
  const Tensor centres = torch::tensor({{20.0, 0.0}, {0.0, 20.0}, {-20.0, -20.0}}, torch::kFloat64);
  const Tensor rows = centres.index_select(0, blob) + some_rows(90, 2);
  const Tensor labels = sslx::kmeans(rows, rows.slice(0, 0, 3), {}).labels;
  EXPECT_NEAR(sslx::mutual_information(labels, blob).item<double>(), 1, 1e-12);
}

TEST(KMeans, KeepsOrSplitsForAnEmptyCluster) {
  const Tensor rows = some_rows(50, 2);
  const Tensor far = torch::full({1, 2}, 1e6, torch::kFloat64);
  const Tensor start = torch::cat({rows.slice(0, 0, 3), far});
  const auto kept = sslx::kmeans(rows, start, {.iterations = 4});
  EXPECT_TRUE(kept.centroids[3].equal(far[0]));
  EXPECT_EQ(kept.labels.eq(3).sum().item<int64_t>(), 0);
  const auto split = sslx::kmeans(rows, start, {.iterations = 4, .split_for_empty = true});
  EXPECT_GT(split.labels.bincount({}, 4).min().item<int64_t>(), 0);
  EXPECT_LT(split.objective.item<double>(), kept.objective.item<double>());
}

TEST(KMeans, StartsFromDifferentRowsAndSaysWhenTheyAreTooFew) {
  const Tensor rows = torch::arange(20, torch::kFloat64).unsqueeze(1);
  const Tensor drawn = sslx::drawn_rows(rows, 20, at::detail::createCPUGenerator(2)).flatten();
  EXPECT_TRUE(std::get<0>(drawn.sort()).equal(rows.flatten()));
  try {
    sslx::drawn_rows(rows, 21, at::detail::createCPUGenerator(2));
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(),
                 "there are 21 clusters for 20 images; they must be at most that many");
  }
}

TEST(Whitened, HasVarianceOneAndNoCorrelation) {
  const Tensor rows = torch::mm(some_rows(300, 6), some_rows(6, 6, 4)) + 3;
  const Tensor white = sslx::whitened(rows, 4);
  const Tensor covariance = torch::mm(white.t(), white) / 300;
  EXPECT_LT((covariance - torch::eye(4, torch::kFloat64)).abs().max().item<double>(), 1e-9);
  EXPECT_LT(white.mean(0).abs().max().item<double>(), 1e-9);
}

TEST(Whitened, DoesNotBlowUpADirectionWithoutVariance) {
  const Tensor rows = torch::cat({some_rows(50, 2), torch::ones({50, 3}, torch::kFloat64)}, 1);
  const Tensor variance = sslx::whitened(rows, 5).square().mean(0);
  EXPECT_NEAR(variance.sum().item<double>(), 2, 1e-9);
}

TEST(MutualInformation, IsNoneOfIndependentLabels) {
  const Tensor a = torch::arange(12).remainder(3);
  const Tensor b = torch::arange(12).floor_divide(3);
  EXPECT_NEAR(sslx::mutual_information(a, b).item<double>(), 0, 1e-12);
  EXPECT_NEAR(sslx::mutual_information(a, (a + 1).remainder(3)).item<double>(), 1, 1e-12);
  EXPECT_NEAR(sslx::mutual_information(a * 0, a * 0).item<double>(), 1, 1e-12);
}

}  // namespace
