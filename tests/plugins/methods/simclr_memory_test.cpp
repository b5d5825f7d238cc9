// SimCLR v2's memory: outputs of a moving average of the network, of earlier batches, as negatives.
#include <gtest/gtest.h>

#include <cmath>

#include "method_fixture.h"
#include "plugins/methods/simclr_memory.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using torch::Tensor;

const nlohmann::json kMemory{
    {"memory", 24}, {"output_width", 8}, {"temperature", 0.5}, {"momentum", 0.9}};

Tensor rows_in(const sslx::Method& method) {
  return method.named_buffers()["memory.queue.keys"].clone();
}

/// What the moving average makes of images.
Tensor averaged(const sslx::Method& method, const Tensor& images) {
  const torch::NoGradGuard guard;
  const auto memory = method.named_children()["memory"];
  return std::dynamic_pointer_cast<sslx::EncoderImpl>(memory->named_children()["average"])
      ->forward(images);
}

TEST(SimCLRMemory, OfEqualVectorsIsTheLogarithmOfTheCandidates) {
  const Tensor z = torch::ones({8, 4}, torch::kFloat64);
  const Tensor memory = sslx::unit_rows(torch::ones({5, 4}, torch::kFloat64));
  sslx::Group alone;
  EXPECT_NEAR(sslx::nt_xent(z, z, memory, 0.1, alone).value.item<double>(), std::log(20.0), 1e-12);
}

TEST(SimCLRMemory, IsAmongTheNegativesAsItWasBeforeTheStep) {
  const auto method = make_method("simclr", kMemory);
  EXPECT_FALSE(method->separable());
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const Tensor before = rows_in(*method);
  const sslx::Loss loss = method->loss(batch);
  EXPECT_TRUE(rows_in(*method).equal(before));
  const Tensor z = encode(*method, "encoder", torch::cat(batch.views));
  sslx::Group alone;
  const auto expected =
      sslx::nt_xent(z.slice(0, 0, 8), z.slice(0, 8, 16), before, 0.5, alone).value;
  EXPECT_NEAR(loss.value.item<double>(), expected.item<double>(), 1e-5);
  EXPECT_DOUBLE_EQ(loss.chance.value(), std::log(15.0 + 24));
}

TEST(SimCLRMemory, TakesUpBothViewsByTheAverage) {
  const auto method = make_method("simclr", kMemory);
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const Tensor before = rows_in(*method);
  const Tensor seen = sslx::unit_rows(averaged(*method, torch::cat(batch.views)));
  method->loss(batch);
  method->after_step({0, 100, 0});
  const Tensor after = rows_in(*method);
  EXPECT_TRUE(torch::allclose(after.slice(0, 0, 16), seen, 1e-5, 1e-6));
  EXPECT_TRUE(after.slice(0, 16).equal(before.slice(0, 16)));
}

TEST(SimCLRMemory, AverageFollowsByTheExactMomentumWithoutAGradient) {
  const auto method = make_method("simclr", kMemory);
  const auto before = sslx::test::state_of(*method);
  method->train();
  method->loss(random_batch(8, 2, 1)).value.backward();
  {
    const torch::NoGradGuard guard;
    for (const auto& item : method->named_parameters()) {
      EXPECT_EQ(item.value().grad().defined(), item.value().requires_grad()) << item.key();
      if (item.key().starts_with("encoder.")) item.value().add_(1.0);
    }
  }
  method->after_step({0, 100, 0});
  for (const auto& item : method->named_parameters()) {
    if (!item.key().starts_with("memory.")) continue;
    EXPECT_TRUE(torch::allclose(item.value(), before.at(item.key()) + 0.1, 1e-5, 1e-6))
        << item.key();
  }
}

TEST(SimCLRMemory, FitsAHeadOfNoLayers) {
  nlohmann::json parameters = kMemory;
  parameters["head"] = "none";
  const auto method = make_method("simclr", parameters);
  EXPECT_EQ(rows_in(*method).size(1), 16);
  EXPECT_EQ(sslx::test::train_steps(*method, 0, 2).size(), 2U);
}

}  // namespace
