#include "host/evaluate/linear.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

#include "host/data/sampler.h"

namespace {

using sslx::evaluate::FeatureSet;
using sslx::evaluate::linear_probe;
using sslx::evaluate::LinearOptions;
using torch::Tensor;

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

/// By torch's own SGD and cross-entropy, of raw features, with Nesterov's momentum and steps.
TEST(LinearProbe, OfRawFeaturesIsTorchsSgd) {
  FeatureSet train = blobs(96, 2, 1);
  train.features = train.features * 0.05 + 0.3;
  const FeatureSet test{train.features, train.labels};
  const LinearOptions options{.epochs = 6,
                              .batch_size = 32,
                              .rates = {3.0},
                              .momentum = 0.9,
                              .weight_decay = 1e-3,
                              .nesterov = true,
                              .standardise = false,
                              .steps = true,
                              .milestones = {2, 4}};
  const Tensor weight = torch::zeros({8, 4}).requires_grad_();
  const Tensor bias = torch::zeros({4}).requires_grad_();
  torch::optim::SGD decayed(
      {weight}, torch::optim::SGDOptions(3).momentum(0.9).nesterov(true).weight_decay(1e-3));
  torch::optim::SGD plain({bias}, torch::optim::SGDOptions(3).momentum(0.9).nesterov(true));
  for (int64_t epoch = 0; epoch < 6; ++epoch) {
    const double rate = epoch < 2 ? 3.0 : epoch < 4 ? 0.3 : 0.03;
    for (torch::optim::SGD* sgd : {&decayed, &plain}) {
      static_cast<torch::optim::SGDOptions&>(sgd->param_groups()[0].options()).lr(rate);
    }
    const Tensor order = torch::tensor(sslx::data::Sampler(96, 96, false, 7).order(epoch));
    for (const Tensor& rows : order.split(32)) {
      weight.mutable_grad().reset();
      bias.mutable_grad().reset();
      torch::nn::functional::cross_entropy(
          torch::mm(train.features.index_select(0, rows), weight) + bias,
          train.labels.index_select(0, rows))
          .backward();
      decayed.step();
      plain.step();
    }
  }
  const torch::NoGradGuard guard;
  const Tensor expected = (torch::mm(test.features, weight) + bias).argmax(1);
  const auto result = linear_probe(train, test, 4, options, 7);
  EXPECT_GE(result.predictions.eq(expected).sum().item<int64_t>(), 95)
      << "a tie may fall otherwise";
  EXPECT_EQ(result.protocol.at("normalisation"), "none, raw features");
  EXPECT_EQ(result.protocol.at("schedule"),
            (nlohmann::json{{"milestones", {2, 4}}, {"gamma", 0.1}}));
  LinearOptions other = options;
  other.milestones = {5};
  EXPECT_FALSE(linear_probe(train, test, 4, other, 7).predictions.equal(result.predictions))
      << "no image tells the schedules apart";
}

/// Gives what the kept features are, and counts.
class Again : public sslx::evaluate::FeatureBatches {
 public:
  Again(const FeatureSet& set, Tensor rows, uint64_t seed, int64_t& asked)
      : set_(set), rows_(std::move(rows)), seed_(seed), asked_(asked) {}
  FeatureSet next() override {
    const int64_t epoch = asked_ / per_epoch();
    const Tensor order =
        torch::tensor(sslx::data::Sampler(rows_.size(0), rows_.size(0), false, seed_).order(epoch));
    const Tensor own =
        rows_.index_select(0, order.split(kBatch)[static_cast<size_t>(asked_++ % per_epoch())]);
    return {set_.features.index_select(0, own), set_.labels.index_select(0, own)};
  }
  static constexpr int64_t kBatch = 16;

 private:
  int64_t per_epoch() const { return (rows_.size(0) + kBatch - 1) / kBatch; }
  const FeatureSet& set_;
  Tensor rows_;
  uint64_t seed_;
  int64_t& asked_;
};

TEST(LinearProbe, LearnsFromFeaturesThatAreSeenAnew) {
  const FeatureSet train = blobs(100, 1, 1);
  const FeatureSet test = blobs(200, 1, 2);
  const LinearOptions options{.epochs = 3, .batch_size = Again::kBatch, .rates = {0.01, 1.0}};
  std::vector<int64_t> asked;
  asked.reserve(2);
  const auto anew = [&](const Tensor& rows, int64_t epochs, uint64_t seed) {
    EXPECT_EQ(epochs, 3);
    asked.push_back(0);
    return std::make_unique<Again>(train, rows, seed, asked.back());
  };
  const auto kept = linear_probe(train, test, 4, options, 7);
  const auto seen = linear_probe(train, test, 4, options, 7, anew);
  EXPECT_TRUE(seen.predictions.equal(kept.predictions));
  EXPECT_EQ(asked, (std::vector<int64_t>{3 * 6, 3 * 7})) << "90 to choose the rate, then all 100";
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
