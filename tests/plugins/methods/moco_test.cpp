// MoCo's oracles: v1 is algorithm 1 to the bit, the queue's order over a wrap, the momentum
// update's exact value, no gradient into the key encoder.
#include <gtest/gtest.h>
#include <sslx/losses.h>
#include <sslx/modules.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::state_of;
using sslx::test::train_steps;
using torch::Tensor;

const nlohmann::json kSmallMoco{{"queue", 24}, {"output_width", 8}, {"momentum", 0.9}};

Tensor keys_in(const sslx::Method& method) { return method.named_buffers()["queue.keys"].clone(); }

nlohmann::json moco_with(const nlohmann::json& changes) {
  nlohmann::json out = kSmallMoco;
  out.update(changes);
  return out;
}

/// One step that moves nothing but the key encoder and the queue.
double moco_step(sslx::Method& method, uint64_t seed, int64_t step = 0, int64_t count = 8) {
  method.train();
  const sslx::Loss loss = method.loss(random_batch(count, 2, seed));
  method.after_step({step, 100, 0});
  return loss.value.item<double>();
}

/// Algorithm 1 of the paper, line by line; the queue's oldest keys are its first rows.
std::vector<double> algorithm_1(sslx::Method& method, int steps, double tau, double momentum) {
  std::vector<double> losses;
  Tensor queue = keys_in(method);
  method.train();
  for (int step = 0; step < steps; ++step) {
    const auto batch = random_batch(8, 2, static_cast<uint64_t>(step));
    const Tensor q = encode(method, "query", batch.views[0]);
    Tensor k;
    {
      const torch::NoGradGuard guard;
      k = sslx::unit_rows(encode(method, "key", batch.views[1]));
    }
    const Tensor loss = sslx::info_nce(q, k, queue, tau).value;
    losses.push_back(loss.item<double>());
    loss.backward();
    const torch::NoGradGuard guard;
    for (const auto& item : method.named_parameters()) {
      if (!item.key().starts_with("query.")) continue;
      Tensor parameter = item.value();
      parameter.sub_(0.05 * parameter.grad());
      parameter.mutable_grad().reset();
    }
    sslx::momentum_update(*method.named_children()["query"], *method.named_children()["key"],
                          momentum);
    // As a ring: the oldest rows are overwritten where they lie.
    const int64_t start = 8 * step % queue.size(0);
    queue = queue.clone();
    queue.slice(0, start, start + 8).copy_(k);
  }
  return losses;
}

TEST(MoCo, WithTheSwitchesOfV2OffIsAlgorithm1ToTheBit) {
  const auto v1 = moco_with({{"head", "linear"}, {"temperature", 0.07}});
  const auto expected = algorithm_1(*make_method("moco", v1), 5, 0.07, 0.9);
  EXPECT_EQ(train_steps(*make_method("moco", v1), 0, 5), expected);
  const auto all_off = moco_with({{"head", "linear"},
                                  {"temperature", 0.07},
                                  {"dictionary", "queue"},
                                  {"symmetric", false},
                                  {"bn_groups", 1},
                                  {"shuffle", false},
                                  {"momentum_schedule", "constant"}});
  EXPECT_EQ(train_steps(*make_method("moco", all_off), 0, 5), expected);
  for (const nlohmann::json& on :
       {nlohmann::json{{"head", "mlp"}}, nlohmann::json{{"temperature", 0.2}},
        nlohmann::json{{"symmetric", true}}, nlohmann::json{{"bn_groups", 2}},
        nlohmann::json{{"momentum_schedule", "cosine"}}}) {
    nlohmann::json changed = all_off;
    changed.update(on);
    EXPECT_NE(train_steps(*make_method("moco", changed), 0, 5), expected) << on.dump();
  }
}

TEST(MoCo, QueueHoldsTheLastKeysInOrderAfterAWrap) {
  // Of 20 keys, two batches and a half: the wrap is within a batch.
  const auto method = make_method("moco", moco_with({{"queue", 20}}));
  std::vector<Tensor> pushed;
  for (uint64_t step = 0; step < 5; ++step) {
    const Tensor k = [&] {
      const torch::NoGradGuard guard;
      method->train();
      return sslx::unit_rows(encode(*method, "key", random_batch(8, 2, step).views[1]));
    }();
    pushed.push_back(k);
    moco_step(*method, step);
  }
  // The last 20 of 40 keys, the newest ending at the pointer, which stands at the oldest.
  const Tensor last = torch::cat(pushed).slice(0, 20);
  const int64_t pointer = method->named_buffers()["queue.pointer"].item<int64_t>();
  EXPECT_EQ(pointer, 40 % 20);
  EXPECT_TRUE(torch::allclose(torch::roll(keys_in(*method), -pointer, 0), last, 1e-5, 1e-6));
  moco_step(*method, 5);
  EXPECT_EQ(method->named_buffers()["queue.pointer"].item<int64_t>(), 8);
  EXPECT_TRUE(torch::allclose(keys_in(*method).slice(0, 8), last.slice(0, 8), 1e-5, 1e-6));
}

TEST(MoCo, OfABatchLongerThanTheQueueTheLastKeysStay) {
  const auto method = make_method("moco", moco_with({{"queue", 5}}));
  method->train();
  const Tensor k = sslx::unit_rows(encode(*method, "key", random_batch(8, 2, 1).views[1]));
  moco_step(*method, 1);
  EXPECT_TRUE(torch::allclose(keys_in(*method), k.slice(0, 3), 1e-5, 1e-6));
}

TEST(MoCo, ScoresAgainstTheOldQueueUntilTheStepIsDone) {
  const auto method = make_method("moco", {{"queue", 8}, {"output_width", 8}, {"temperature", 1}});
  method->train();
  const Tensor before = keys_in(*method);
  const auto batch = random_batch(8, 2, 1);
  const sslx::Loss loss = method->loss(batch);
  EXPECT_TRUE(keys_in(*method).equal(before));
  const Tensor q = encode(*method, "query", batch.views[0]);
  const Tensor k = encode(*method, "key", batch.views[1]);
  EXPECT_NEAR(loss.value.item<double>(), sslx::info_nce(q, k, before, 1.0).value.item<double>(),
              1e-5);
  EXPECT_DOUBLE_EQ(loss.chance.value(), std::log(9.0));
  method->after_step({0, 100, 0});
  EXPECT_TRUE(torch::allclose(keys_in(*method), sslx::unit_rows(k), 1e-5, 1e-5));
}

TEST(MoCo, TakesUpTheKeysOfAllBatchesOfAStep) {
  EXPECT_TRUE(make_method("moco", kSmallMoco)->separable());
  const auto method = make_method("moco", kSmallMoco);
  method->train();
  const Tensor before = keys_in(*method);
  for (const uint64_t seed : {1, 2}) method->loss(random_batch(8, 2, seed));
  method->after_step({0, 100, 0});
  const Tensor after = keys_in(*method);
  EXPECT_FALSE(after.slice(0, 8, 16).equal(before.slice(0, 8, 16)));
  EXPECT_TRUE(after.slice(0, 16).equal(before.slice(0, 16)));
}

TEST(MoCo, LeavesItsQueueAloneInEvaluation) {
  const auto method = make_method("moco", kSmallMoco);
  const auto before = state_of(*method);
  method->eval();
  method->loss(random_batch(8, 2, 1));
  method->train();
  method->after_step({0, 100, 0});
  EXPECT_TRUE(keys_in(*method).equal(before.at("queue.keys")));
}

void expect_key_moved_by(const nlohmann::json& parameters, int64_t step, double share) {
  const auto method = make_method("moco", parameters);
  const auto before = state_of(*method);
  {
    const torch::NoGradGuard guard;
    for (const auto& item : method->named_parameters()) {
      if (item.key().starts_with("query.")) item.value().add_(1.0);
    }
  }
  moco_step(*method, 1, step);
  for (const auto& item : method->named_parameters()) {
    if (!item.key().starts_with("key.")) continue;
    EXPECT_TRUE(torch::allclose(item.value(), before.at(item.key()) + share, 1e-5, 1e-6))
        << item.key();
  }
}

TEST(MoCo, KeyEncoderFollowsByTheExactMomentum) { expect_key_moved_by(kSmallMoco, 0, 0.1); }

TEST(MoCo, MomentumHasItsSchedule) {
  const auto scheduled = moco_with({{"momentum_schedule", "linear"}, {"final_momentum", 0.7}});
  expect_key_moved_by(scheduled, 0, 0.1);
  expect_key_moved_by(scheduled, 50, 0.2);
  expect_key_moved_by(moco_with({{"momentum_schedule", "cosine"}}), 100, 0.0);
}

TEST(MoCo, TemperatureHasItsSchedule) {
  const auto method = make_method("moco", moco_with({{"temperature", 0.1},
                                                     {"temperature_schedule", "linear"},
                                                     {"final_temperature", 1.1}}));
  const auto other = make_method("moco", moco_with({{"temperature", 0.6}}));
  moco_step(*method, 1, 49);
  moco_step(*other, 1, 49);
  // The next step is the fiftieth of a hundred.
  EXPECT_NEAR(moco_step(*method, 2, 50), moco_step(*other, 2, 50), 1e-6);
}

TEST(MoCo, GivesTheKeyEncoderNoGradient) {
  const auto method = make_method("moco", kSmallMoco);
  method->train();
  method->loss(random_batch(8, 2, 1)).value.backward();
  for (const auto& item : method->named_parameters()) {
    EXPECT_EQ(item.value().grad().defined(), item.key().starts_with("query.")) << item.key();
  }
}

TEST(MoCo, TakesEachViewAsQueryOnceWhenSymmetric) {
  const auto method = make_method("moco", moco_with({{"symmetric", true}}));
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const Tensor queue = keys_in(*method);
  const sslx::Loss loss = method->loss(batch);
  std::vector<Tensor> q;
  std::vector<Tensor> k;
  for (const Tensor& view : batch.views) {
    q.push_back(encode(*method, "query", view));
    k.push_back(sslx::unit_rows(encode(*method, "key", view)));
  }
  const double expected = sslx::info_nce(q[0], k[1], queue, 0.2).value.item<double>() +
                          sslx::info_nce(q[1], k[0], queue, 0.2).value.item<double>();
  EXPECT_NEAR(loss.value.item<double>(), expected, 1e-5);
  EXPECT_DOUBLE_EQ(loss.chance.value(), 2 * std::log(25.0));
  method->after_step({0, 100, 0});
  EXPECT_TRUE(
      torch::allclose(keys_in(*method).slice(0, 0, 16), torch::cat({k[1], k[0]}), 1e-5, 1e-5));
}

}  // namespace
