// The two baselines that bracket every table.
#include <gtest/gtest.h>
#include <sslx/error.h>

#include "method_fixture.h"

namespace {

using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::state_of;
using sslx::test::train_steps;

TEST(Random, TrainsNothing) {
  const auto method = make_method("random", nlohmann::json::object());
  EXPECT_TRUE(method->parameter_groups().empty());
  const auto before = state_of(*method);
  method->eval();
  method->embed(random_batch(4, 1, 1).views[0]);
  for (const auto& [name, value] : state_of(*method)) EXPECT_TRUE(value.equal(before.at(name)));
}

TEST(Random, IsTheSameNetworkForTheSameSeed) {
  const auto images = random_batch(4, 1, 1).views[0];
  const auto features = [&](uint64_t seed) {
    const auto method = make_method("random", nlohmann::json::object(), seed);
    method->eval();
    return method->embed(images);
  };
  EXPECT_TRUE(features(3).equal(features(3)));
  EXPECT_FALSE(features(3).equal(features(4)));
}

TEST(Pretrained, IsNothingWithoutWeights) {
  EXPECT_THROW(make_method("pretrained", nlohmann::json::object()), sslx::Error);
}

TEST(Random, IsNothingWithWeights) {
  EXPECT_THROW(make_method("random", nlohmann::json::object(), 0, /*pretrained=*/true),
               sslx::Error);
  EXPECT_NE(make_method("pretrained", nlohmann::json::object(), 0, /*pretrained=*/true), nullptr);
}

TEST(Supervised, LearnsTheLabelsOfOneBatch) {
  const auto method = make_method("supervised", nlohmann::json::object());
  method->train();
  const auto batch = random_batch(16, 1, 1);
  torch::optim::SGD optimiser(method->parameters(), 0.1);
  double first = 0;
  double last = 0;
  for (int step = 0; step < 60; ++step) {
    optimiser.zero_grad();
    const auto loss = method->loss(batch);
    loss.value.backward();
    optimiser.step();
    last = loss.value.item<double>();
    if (step == 0) first = last;
  }
  EXPECT_GT(first, 1.5);
  EXPECT_LT(last, 0.2);
}

}  // namespace
