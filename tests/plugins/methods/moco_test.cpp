// MoCo's oracles: the queue's order over a wrap, the momentum update's exact value, no gradient
// into the key encoder.
#include <gtest/gtest.h>
#include <sslx/losses.h>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::state_of;
using torch::Tensor;

const nlohmann::json kSmallMoco{{"queue", 24}, {"output_width", 8}, {"momentum", 0.9}};

TEST(MoCo, QueueHoldsTheLastKeysInOrderAfterAWrap) {
  const auto method = make_method("moco", kSmallMoco);
  method->train();
  std::vector<Tensor> queues;
  for (uint64_t step = 0; step < 5; ++step) {
    method->loss(random_batch(8, 2, step));
    queues.push_back(method->named_buffers()["queue"].clone());
  }
  // 24 keys are three batches: steps 3 and 4 have wrapped to the start, step 2 is still at the end.
  const Tensor last = queues.back();
  EXPECT_TRUE(last.slice(0, 0, 8).equal(queues[3].slice(0, 0, 8)));
  EXPECT_FALSE(last.slice(0, 0, 8).equal(queues[0].slice(0, 0, 8)));
  EXPECT_FALSE(last.slice(0, 8, 16).equal(queues[3].slice(0, 8, 16)));
  EXPECT_TRUE(last.slice(0, 16, 24).equal(queues[2].slice(0, 16, 24)));
  EXPECT_EQ(method->named_buffers()["pointer"].item<int64_t>(), 16);
  EXPECT_TRUE(torch::allclose(last.norm(2, 1), torch::ones({24}), 1e-5, 1e-5));
}

TEST(MoCo, ScoresAgainstTheOldQueue) {
  const auto method = make_method("moco", {{"queue", 8}, {"output_width", 8}, {"temperature", 1}});
  method->train();
  const Tensor before = method->named_buffers()["queue"].clone();
  const auto batch = random_batch(8, 2, 1);
  const double loss = method->loss(batch).value.item<double>();
  const Tensor after = method->named_buffers()["queue"].clone();
  const Tensor q = encode(*method, "query", batch.views[0]);
  const Tensor k = encode(*method, "key", batch.views[1]);
  EXPECT_NEAR(loss, sslx::info_nce(q, k, before, 1.0).value.item<double>(), 1e-5);
  EXPECT_GT(std::abs(loss - sslx::info_nce(q, k, after, 1.0).value.item<double>()), 1e-3);
  EXPECT_TRUE(torch::allclose(after, sslx::unit_rows(k), 1e-5, 1e-5));
}

TEST(MoCo, KeyEncoderFollowsByTheExactMomentum) {
  const auto method = make_method("moco", kSmallMoco);
  const auto before = state_of(*method);
  {
    const torch::NoGradGuard guard;
    for (const auto& item : method->named_parameters()) {
      if (item.key().starts_with("query.")) item.value().add_(1.0);
    }
  }
  method->train();
  method->loss(random_batch(8, 2, 1));
  for (const auto& item : method->named_parameters()) {
    if (!item.key().starts_with("key.")) continue;
    EXPECT_TRUE(torch::allclose(item.value(), before.at(item.key()) + 0.1, 1e-5, 1e-6))
        << item.key();
  }
}

TEST(MoCo, GivesTheKeyEncoderNoGradient) {
  const auto method = make_method("moco", kSmallMoco);
  method->train();
  method->loss(random_batch(8, 2, 1)).value.backward();
  for (const auto& item : method->named_parameters()) {
    EXPECT_EQ(item.value().grad().defined(), item.key().starts_with("query.")) << item.key();
  }
}

TEST(MoCo, StartsNearChance) {
  const auto method = make_method("moco", {{"queue", 4096}, {"temperature", 0.2}});
  method->train();
  const double loss = method->loss(random_batch(8, 2, 1)).value.item<double>();
  EXPECT_GT(loss, 0);
  EXPECT_LT(loss, std::log(4097.0) + 1);
}

TEST(MoCo, RefusesAQueueThatIsNoMultipleOfTheBatch) {
  const auto method = make_method("moco", {{"queue", 20}});
  method->train();
  EXPECT_THROW(method->loss(random_batch(8, 2, 1)), std::exception);
}

}  // namespace
