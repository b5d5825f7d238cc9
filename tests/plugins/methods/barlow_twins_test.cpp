#include <gtest/gtest.h>
#include <sslx/losses.h>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;

const nlohmann::json kSmallBarlow{{"hidden_width", 16}, {"output_width", 8}, {"lambda", 0.1}};

TEST(BarlowTwins, IsTheCrossCorrelationOfItsHeads) {
  const auto method = make_method("barlow_twins", kSmallBarlow);
  method->train();
  const auto batch = random_batch(16, 2, 1);
  const sslx::Loss loss = method->loss(batch);
  const sslx::CorrelationLoss expected = sslx::cross_correlation(
      encode(*method, "encoder", batch.views[0]), encode(*method, "encoder", batch.views[1]), 0.1);
  EXPECT_NEAR(loss.value.item<double>(), expected.value.item<double>(), 1e-4);
  EXPECT_NEAR(loss.diagnostics.at("correlation_diagonal").item<double>(),
              expected.diagonal.item<double>(), 1e-5);
}

TEST(BarlowTwins, IsInvariantForEqualViews) {
  const auto method = make_method("barlow_twins", kSmallBarlow);
  method->train();
  auto batch = random_batch(16, 2, 1);
  batch.views[1] = batch.views[0];
  const auto diagnostics = method->loss(batch).diagnostics;
  EXPECT_NEAR(diagnostics.at("correlation_diagonal").item<double>(), 1, 1e-2);
}

TEST(BarlowTwins, DoesNotCareWhichViewComesFirst) {
  const auto method = make_method("barlow_twins", kSmallBarlow);
  method->train();
  auto batch = random_batch(16, 2, 1);
  const double loss = method->loss(batch).value.item<double>();
  std::swap(batch.views[0], batch.views[1]);
  EXPECT_NEAR(method->loss(batch).value.item<double>(), loss, 1e-4);
}

TEST(BarlowTwins, ScalesItsLossAlone) {
  nlohmann::json scaled = kSmallBarlow;
  scaled["loss_scale"] = 0.25;
  const auto value = [](const nlohmann::json& parameters) {
    const auto method = make_method("barlow_twins", parameters);
    method->train();
    return method->loss(random_batch(16, 2, 1)).value.item<double>();
  };
  EXPECT_NEAR(value(scaled), 0.25 * value(kSmallBarlow), 1e-5);
}

}  // namespace
