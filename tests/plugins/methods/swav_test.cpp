// SwAV's oracles: the swapped prediction of its parts, prototypes on the sphere and frozen at
// first, codes with the queue once it is full. The codes' own are in sinkhorn_test.cpp.
#include <gtest/gtest.h>
#include <sslx/sinkhorn.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::restore;
using sslx::test::state_of;
using sslx::test::train_steps;
using sslx::test::unit;
using torch::Tensor;

nlohmann::json small_swav(nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json out{{"output_width", 8}, {"prototypes", 6}, {"frozen_steps", 0}};
  out.update(more);
  return out;
}

Tensor weights_of(const sslx::Method& method) {
  return method.named_parameters()["prototypes.weight"];
}

/// The scores of views that share a pass, [views * B, K].
Tensor scores_of(const sslx::Method& method, const std::vector<Tensor>& views) {
  return torch::mm(unit(encode(method, "encoder", torch::cat(views))), weights_of(method).t());
}

/// Codes of a global view's scores, made with `queue`, rows [K, D], where it is not empty.
Tensor codes_with(const sslx::Method& method, const Tensor& scores, const Tensor& queue) {
  sslx::Group alone;
  const Tensor more = queue.defined() ? torch::mm(queue, weights_of(method).t()) : scores;
  const Tensor all = queue.defined() ? torch::cat({scores, more}) : scores;
  return sslx::sinkhorn(all, 0.05, 3, alone).slice(0, 0, scores.size(0));
}

Tensor cross_of(const Tensor& codes, const Tensor& scores) {
  return -(codes * (scores / 0.1).log_softmax(1)).sum(1).mean();
}

TEST(SwAV, PredictsTheOtherViewsCode) {
  const auto method = make_method("swav", small_swav());
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const sslx::Loss loss = method->loss(batch);
  const auto scores = scores_of(*method, batch.views).chunk(2);
  const Tensor expected = (cross_of(codes_with(*method, scores[1], {}), scores[0]) +
                           cross_of(codes_with(*method, scores[0], {}), scores[1])) /
                          2;
  EXPECT_NEAR(loss.value.item<double>(), expected.item<double>(), 1e-5);
  EXPECT_NEAR(loss.chance.value(), std::log(6.0), 1e-12);
}

TEST(SwAV, PredictsTheCodesOfGlobalViewsFromLocalOnesToo) {
  const auto method = make_method("swav", small_swav(), 0, false, /*local_views=*/2);
  EXPECT_EQ(method->view_count(), 4);
  method->train();
  auto batch = random_batch(8, 4, 1);
  batch.local_views = 2;
  for (const size_t v : {2, 3}) batch.views[v] = batch.views[v].slice(2, 0, 8).slice(3, 0, 8);
  const double loss = method->loss(batch).value.item<double>();
  auto scores = scores_of(*method, {batch.views[0], batch.views[1]}).chunk(2);
  for (const Tensor& local : scores_of(*method, {batch.views[2], batch.views[3]}).chunk(2)) {
    scores.push_back(local);
  }
  double expected = 0;
  for (size_t i = 0; i < 2; ++i) {
    for (size_t v = 0; v < 4; ++v) {
      if (v == i) continue;
      expected += cross_of(codes_with(*method, scores[i], {}), scores[v]).item<double>() / 6;
    }
  }
  EXPECT_NEAR(loss, expected, 1e-5);
}

TEST(SwAV, KeepsItsPrototypesOnTheSphere) {
  const auto method = make_method("swav", small_swav());
  const auto error = [&] {
    return (weights_of(*method).norm(2, 1) - 1).abs().max().item<double>();
  };
  EXPECT_LT(error(), 1e-6);
  {
    const torch::NoGradGuard guard;
    weights_of(*method).mul_(3);
  }
  method->after_step({0, 100, 0});
  EXPECT_LT(error(), 1e-6);
}

TEST(SwAV, FreezesThePrototypesAtFirst) {
  const auto method = make_method("swav", small_swav({{"frozen_steps", 2}}));
  for (const bool frozen : {true, true, false}) {
    const Tensor before = weights_of(*method).clone();
    train_steps(*method, 0, 1);
    const double moved = (weights_of(*method) - before).abs().max().item<double>();
    EXPECT_EQ(moved < 1e-6, frozen) << moved;  // brought to length 1 again, so not to the bit
  }
}

TEST(SwAV, MakesCodesWithTheQueueOnceItIsFull) {
  const auto method = make_method("swav", small_swav({{"queue", 16}, {"queue_from_step", 1}}));
  const auto rows = [&] { return method->named_buffers()["queued"].item<int64_t>(); };
  train_steps(*method, 0, 1);
  EXPECT_EQ(rows(), 0);
  train_steps(*method, 1, 2);
  EXPECT_EQ(rows(), 16);
  const Tensor queue0 = method->named_buffers()["queue0.keys"].clone();
  const Tensor queue1 = method->named_buffers()["queue1.keys"].clone();
  const auto batch = random_batch(8, 2, 9);
  const double loss = method->loss(batch).value.item<double>();
  const auto scores = scores_of(*method, batch.views).chunk(2);
  const auto value = [&](const Tensor& first, const Tensor& second) {
    return ((cross_of(codes_with(*method, scores[1], second), scores[0]) +
             cross_of(codes_with(*method, scores[0], first), scores[1])) /
            2)
        .item<double>();
  };
  EXPECT_NEAR(loss, value(queue0, queue1), 1e-5);
  EXPECT_GT(std::abs(loss - value({}, {})), 1e-3);
  EXPECT_FALSE(method->named_buffers()["queue0.keys"].equal(queue0));
}

TEST(SwAV, LeavesTheQueueAloneInEvaluation) {
  const auto method = make_method("swav", small_swav({{"queue", 16}}));
  method->eval();
  const auto before = state_of(*method);
  method->loss(random_batch(8, 2, 1));
  for (const auto& [name, value] : state_of(*method)) EXPECT_TRUE(value.equal(before.at(name)));
}

TEST(SwAV, GoesOnFromASavedStateBitForBit) {
  const auto parameters = small_swav({{"queue", 16}, {"queue_from_step", 1}, {"frozen_steps", 4}});
  const auto whole = make_method("swav", parameters);
  train_steps(*whole, 0, 3);
  const auto resumed = make_method("swav", parameters, /*seed=*/99);
  restore(*resumed, state_of(*whole));
  EXPECT_EQ(train_steps(*resumed, 3, 4), train_steps(*whole, 3, 4));
  for (const auto& [name, value] : state_of(*whole)) {
    EXPECT_TRUE(value.equal(state_of(*resumed).at(name))) << name;
  }
}

}  // namespace
