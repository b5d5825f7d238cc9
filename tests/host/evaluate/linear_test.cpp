#include "host/evaluate/linear.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

namespace {

using sslx::evaluate::FeatureSet;
using sslx::evaluate::linear_probe;
using sslx::evaluate::LinearOptions;

/// Classes as Gaussian blobs `distance` deviations from the origin, one axis each.
FeatureSet blobs(int64_t count, double distance, uint64_t seed) {
  torch::manual_seed(seed);
  const torch::Tensor labels = torch::randint(0, 4, {count});
  return {torch::randn({count, 8}) + distance * torch::one_hot(labels, 8).to(torch::kFloat32),
          labels};
}

TEST(LinearProbe, SeparatesWhatIsSeparable) {
  const auto result =
      linear_probe(blobs(2000, 12, 1), blobs(1000, 12, 2), 4, LinearOptions{.epochs = 10}, 0);
  EXPECT_GT(result.accuracy, 99.5);
}

TEST(LinearProbe, IsAtChanceWhereThereIsNothingToLearn) {
  const auto result =
      linear_probe(blobs(2000, 0, 1), blobs(4000, 0, 2), 4, LinearOptions{.epochs = 10}, 0);
  EXPECT_NEAR(result.accuracy, 25, 4);
}

TEST(LinearProbe, DoesNotDependOnTheFeaturesScale) {
  FeatureSet train = blobs(1000, 2, 1);
  FeatureSet test = blobs(500, 2, 2);
  const auto plain = linear_probe(train, test, 4, LinearOptions{.epochs = 5}, 0);
  train.features = train.features * 1024 + 512;
  test.features = test.features * 1024 + 512;
  const auto scaled = linear_probe(train, test, 4, LinearOptions{.epochs = 5}, 0);
  EXPECT_NEAR(plain.accuracy, scaled.accuracy, 0.5);
}

TEST(LinearProbe, IsDeterministic) {
  const FeatureSet train = blobs(500, 1, 1);
  const FeatureSet test = blobs(500, 1, 2);
  const auto once = linear_probe(train, test, 4, LinearOptions{.epochs = 3}, 7);
  const auto again = linear_probe(train, test, 4, LinearOptions{.epochs = 3}, 7);
  EXPECT_TRUE(once.predictions.equal(again.predictions));
}

TEST(LinearProbe, NeverChoosesOnTheTestSet) {
  // The test labels are wrong on purpose: what is chosen, and so what is predicted, must not
  // change.
  const FeatureSet train = blobs(500, 1, 1);
  FeatureSet test = blobs(500, 1, 2);
  const LinearOptions options{.epochs = 3, .rates = {1e-6, 0.1, 10.0}};
  const auto honest = linear_probe(train, test, 4, options, 0);
  test.labels = (test.labels + 1).remainder(4);
  const auto wrong = linear_probe(train, test, 4, options, 0);
  EXPECT_TRUE(honest.predictions.equal(wrong.predictions));
}

TEST(LinearProbe, SaysWhatItDidAndNotWhatItWasAskedFor) {
  const FeatureSet few = blobs(12, 3, 1);
  const auto protocol = [&](const FeatureSet& train, const LinearOptions& options) {
    return linear_probe(train, few, 4, options, 0).protocol;
  };
  const LinearOptions usual{.epochs = 1, .batch_size = 4, .rates = {0.1, 1.0}};
  EXPECT_EQ(protocol(few, usual).at("batch_size"), 4);
  EXPECT_EQ(protocol(few, usual).at("validation"), 0.1);
  LinearOptions other = usual;
  other.batch_size = 256;
  EXPECT_EQ(protocol(few, other).at("batch_size"), 12) << "there are no more";
  other.validation = 0;
  EXPECT_NEAR(protocol(few, other).at("validation").get<double>(), 1.0 / 12, 1e-12)
      << "one image chooses";
  other.rates = {0.1};
  EXPECT_EQ(protocol(few, other).at("validation"), 0) << "nothing is chosen";
  EXPECT_EQ(protocol(few, other).at("selection"),
            "none, there is one rate; the last epoch's weights, test set read once");
}

TEST(LinearProbe, RefusesToChooseARateOnOneImage) {
  const FeatureSet one = blobs(1, 3, 1);
  EXPECT_THROW(linear_probe(one, one, 4, LinearOptions{.epochs = 1}, 0), sslx::Error);
  const LinearOptions single{.epochs = 1, .rates = {0.1}};
  EXPECT_EQ(linear_probe(one, one, 4, single, 0).predictions.size(0), 1);
}

TEST(LinearProbe, ChoosesARateThatLearns) {
  const auto result = linear_probe(blobs(2000, 3, 1), blobs(1000, 3, 2), 4,
                                   LinearOptions{.epochs = 5, .rates = {1e-9, 0.1}}, 0);
  EXPECT_GT(result.accuracy, 80);
}

}  // namespace
