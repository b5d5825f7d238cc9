#include "host/evaluate/knn.h"

#include <gtest/gtest.h>
#include <sslx/detail/digest.h>

namespace {

using sslx::evaluate::FeatureSet;
using sslx::evaluate::knn_predict;
using torch::Tensor;

/// Three images of class 0 along x, two of class 1 along y.
FeatureSet bank() {
  return {torch::tensor({{1.0, 0.0}, {0.9, 0.1}, {0.8, 0.3}, {0.0, 1.0}, {0.1, 0.9}})
              .to(torch::kFloat32),
          torch::tensor({0, 0, 0, 1, 1})};
}

TEST(Knn, WithOneNeighbourAndTheQueryInTheBankGivesItsOwnLabel) {
  torch::manual_seed(1);
  const FeatureSet set{torch::randn({50, 8}), torch::randint(0, 5, {50})};
  EXPECT_TRUE(knn_predict(set.features, set, 5, {1, 0.1}).equal(set.labels));
}

TEST(Knn, OfLargeTemperatureIsThePlainMajority) {
  const Tensor query = torch::tensor({{0.0F, 1.0F}});
  EXPECT_EQ(knn_predict(query, bank(), 2, {5, 1e6}).item<int64_t>(), 0);
  EXPECT_EQ(knn_predict(query, bank(), 2, {5, 0.01}).item<int64_t>(), 1);
}

TEST(Knn, WeighsByTheExponentialOfTheCosine) {
  // At the diagonal: class 0 has cosines .707, .777, .910 and class 1 .707, .781.
  const Tensor query = torch::tensor({{1.0F, 1.0F}});
  const auto predicted = [&](int64_t k) {
    return knn_predict(query, bank(), 2, {k, 0.05}).item<int64_t>();
  };
  EXPECT_EQ(predicted(1), 0);
  EXPECT_EQ(predicted(2), 0);
}

TEST(Knn, TakesAKLargerThanTheBank) {
  EXPECT_EQ(knn_predict(torch::tensor({{1.0F, 0.0F}}), bank(), 2, {500, 0.1}).item<int64_t>(), 0);
}

TEST(Knn, AgreesWithALoopOverTheBank) {
  torch::manual_seed(2);
  const FeatureSet set{torch::randn({300, 16}), torch::randint(0, 10, {300})};
  const Tensor queries = torch::randn({40, 16});
  const Tensor predicted = knn_predict(queries, set, 10, {20, 0.1});
  for (int64_t i = 0; i < queries.size(0); ++i) {
    const Tensor cosine =
        torch::mv(set.features, queries[i]) / (set.features.norm(2, 1) * queries[i].norm());
    const Tensor order = cosine.argsort(0, true);
    std::array<double, 10> votes{};
    for (int64_t j = 0; j < 20; ++j) {
      const int64_t neighbour = order[j].item<int64_t>();
      votes[static_cast<size_t>(set.labels[neighbour].item<int64_t>())] +=
          std::exp(cosine[neighbour].item<double>() / 0.1);
    }
    const auto best = std::max_element(votes.begin(), votes.end()) - votes.begin();
    EXPECT_EQ(predicted[i].item<int64_t>(), best);
  }
}

TEST(KnnProbe, OfAKBeyondTheBankSaysHowManyNeighboursThereWere) {
  const auto all = sslx::evaluate::knn_probe(bank(), bank(), 2, {bank().size(), 0.1});
  const auto more = sslx::evaluate::knn_probe(bank(), bank(), 2, {500, 0.1});
  EXPECT_EQ(more.protocol.at("k"), bank().size());
  EXPECT_EQ(more.protocol, all.protocol) << "what was done is the same";
}

TEST(KnnProbe, CarriesItsProtocol) {
  const auto result = sslx::evaluate::knn_probe(bank(), bank(), 2, {1, 0.1});
  EXPECT_EQ(result.accuracy, 100.0);
  EXPECT_EQ(result.protocol.at("k"), 1);
  const auto fields = sslx::evaluate::result_fields(result);
  EXPECT_EQ(fields.at("metric"), "knn_top1");
  EXPECT_EQ(fields.at("fingerprint"), sslx::sha256_hex(result.protocol.dump()));
  // Classes 0, 0, 0, 1, 1 as little-endian uint16.
  EXPECT_EQ(fields.at("predictions"), "AAAAAAAAAQABAA==");
  const auto other = sslx::evaluate::knn_probe(bank(), bank(), 2, {2, 0.1});
  EXPECT_NE(sslx::evaluate::result_fields(other).at("fingerprint"), fields.at("fingerprint"));
}

}  // namespace
