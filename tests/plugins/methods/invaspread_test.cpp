#include <gtest/gtest.h>
#include <sslx/losses.h>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using torch::Tensor;

const nlohmann::json kSmallInvaspread{{"output_width", 8}, {"temperature", 0.5}};

TEST(InvaSpread, IsTheLossOfBothViewsAsOneBatch) {
  const auto method = make_method("invaspread", kSmallInvaspread);
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const double loss = method->loss(batch).value.item<double>();
  const Tensor z = encode(*method, "encoder", torch::cat(batch.views));
  EXPECT_NEAR(
      loss,
      sslx::invariant_spreading(z.slice(0, 0, 8), z.slice(0, 8, 16), 0.5).value.item<double>(),
      1e-5);
}

TEST(InvaSpread, DoesNotCareWhichViewComesFirst) {
  const auto method = make_method("invaspread", kSmallInvaspread);
  method->train();
  auto batch = random_batch(8, 2, 1);
  const double loss = method->loss(batch).value.item<double>();
  std::swap(batch.views[0], batch.views[1]);
  EXPECT_NEAR(method->loss(batch).value.item<double>(), loss, 1e-5);
}

TEST(InvaSpread, ReportsItsAccuracyAndDeviation) {
  const auto method = make_method("invaspread", kSmallInvaspread);
  method->train();
  auto batch = random_batch(8, 2, 1);
  batch.views[1] = batch.views[0];
  const auto diagnostics = method->loss(batch).diagnostics;
  EXPECT_EQ(diagnostics.at("contrastive_accuracy").item<double>(), 1);
  EXPECT_GT(diagnostics.at("output_deviation").item<double>(), 0);
}

}  // namespace
