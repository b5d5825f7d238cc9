// Codes, SwAV's loss with its gradient, and k-means in float64 against
// tests/reference/clustering.json: lightly 1.6 and scikit-learn.
#include <gtest/gtest.h>
#include <sslx/kmeans.h>
#include <sslx/sinkhorn.h>

#include "tests/reference/reference.h"

namespace {

using sslx::test::error_of;
using sslx::test::load_reference;
using sslx::test::tensor_of;
using torch::Tensor;

/// Codes of one global crop, made with its queue where there is one.
Tensor codes_with_queue(const nlohmann::json& entry, size_t crop) {
  Tensor scores = tensor_of(entry.at("crops")[crop]);
  const int64_t count = scores.size(0);
  if (!entry.at("queues").empty()) {
    scores = torch::cat({scores, tensor_of(entry.at("queues")[crop])});
  }
  sslx::Group alone;
  return sslx::sinkhorn(scores, entry.at("epsilon").get<double>(), 3, alone).slice(0, 0, count);
}

TEST(ClusteringReference, SwavAgreesWithLightlyInValueAndGradient) {
  const nlohmann::json all = load_reference("clustering").at("swav");
  ASSERT_EQ(all.size(), 3U);
  for (const auto& entry : all) {
    std::vector<Tensor> crops;
    for (const auto& rows : entry.at("crops")) crops.push_back(tensor_of(rows).requires_grad_());
    EXPECT_LT(error_of(codes_with_queue(entry, 0), entry.at("codes")), 1e-12);
    Tensor value = torch::zeros({}, torch::kFloat64);
    for (size_t i = 0; i < 2; ++i) {
      for (size_t v = 0; v < crops.size(); ++v) {
        if (v == i) continue;
        value = value + sslx::code_prediction(crops[v], codes_with_queue(entry, i),
                                              entry.at("temperature").get<double>());
      }
    }
    value = value / static_cast<double>(2 * (crops.size() - 1));
    EXPECT_NEAR(value.item<double>(), entry.at("value").get<double>(), 1e-12);
    value.backward();
    for (size_t v = 0; v < crops.size(); ++v) {
      EXPECT_LT(error_of(crops[v].grad(), entry.at("gradients")[v]), 1e-12) << v;
    }
  }
}

TEST(ClusteringReference, KmeansAgreesWithScikitLearnFromTheSameStart) {
  const nlohmann::json all = load_reference("clustering").at("kmeans");
  ASSERT_EQ(all.size(), 3U);
  for (const auto& entry : all) {
    const auto found = sslx::kmeans(tensor_of(entry.at("rows")), tensor_of(entry.at("start")),
                                    {.iterations = entry.at("iterations").get<int64_t>()});
    EXPECT_LT(error_of(found.centroids, entry.at("centroids")), 1e-10);
    EXPECT_TRUE(found.labels.equal(torch::tensor(entry.at("labels").get<std::vector<int64_t>>())));
    EXPECT_NEAR(found.objective.item<double>(), entry.at("objective").get<double>(), 1e-10);
    const Tensor other = torch::tensor(entry.at("other").get<std::vector<int64_t>>());
    EXPECT_NEAR(sslx::mutual_information(found.labels, other).item<double>(),
                entry.at("information").get<double>(), 1e-10);
  }
}

}  // namespace
