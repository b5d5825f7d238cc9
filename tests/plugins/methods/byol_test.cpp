// BYOL's oracles: the loss of its parts, no gradient into the target, the momentum update's exact
// value on its schedule, with the new weights and after the step.
#include <gtest/gtest.h>
#include <sslx/modules.h>

#include <cmath>
#include <numbers>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::state_of;
using torch::Tensor;

nlohmann::json small_byol(nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json out{{"hidden_width", 16}, {"output_width", 8}};
  out.update(more);
  return out;
}

/// Eq. 2: the squared distance of the unit vectors.
double distance(const Tensor& p, const Tensor& z) {
  return (p / p.norm(2, 1, true) - z / z.norm(2, 1, true)).square().sum(1).mean().item<double>();
}

TEST(BYOL, AddsTheDistancesOfBothOrders) {
  const auto method = make_method("byol", small_byol());
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const double loss = method->loss(batch).value.item<double>();
  auto predictor = method->named_children()["predictor"]->as<torch::nn::Sequential>();
  double expected = 0;
  for (const size_t view : {0, 1}) {
    const Tensor p = predictor->forward(encode(*method, "online", batch.views[view]));
    expected += distance(p, encode(*method, "target", batch.views[1 - view]));
  }
  EXPECT_NEAR(loss, expected, 1e-5);
}

TEST(BYOL, GivesTheTargetNoGradient) {
  const auto method = make_method("byol", small_byol());
  method->train();
  method->loss(random_batch(8, 2, 1)).value.backward();
  for (const auto& item : method->named_parameters()) {
    EXPECT_EQ(item.value().grad().defined(), !item.key().starts_with("target.")) << item.key();
  }
}

TEST(BYOL, BeginsWithATargetThatIsTheOnlineNetwork) {
  const auto method = make_method("byol", small_byol());
  const auto state = state_of(*method);
  for (const auto& [name, value] : state) {
    if (!name.starts_with("target.")) continue;
    EXPECT_TRUE(value.equal(state.at("online." + name.substr(7)))) << name;
  }
}

/// How far the target follows when the online network moves by 1 and the step is done.
double follows(const nlohmann::json& parameters, const sslx::Step& step) {
  const auto method = make_method("byol", parameters);
  {
    const torch::NoGradGuard guard;
    for (auto& item : method->named_parameters()) {
      if (item.key().starts_with("online.")) item.value().fill_(1);
      if (item.key().starts_with("target.")) item.value().fill_(0);
    }
  }
  method->after_step(step);
  const auto parameters_now = method->named_parameters();
  const double moved = parameters_now["target.head.0.weight"][0][0].item<double>();
  for (const auto& item : parameters_now) {
    if (!item.key().starts_with("target.")) continue;
    EXPECT_TRUE((item.value() == moved).all().item<bool>()) << item.key();
  }
  return moved;
}

TEST(BYOL, TargetFollowsByTheExactMomentum) {
  EXPECT_NEAR(follows(small_byol(), {0, 100, 0}), 0.004, 1e-9);
  EXPECT_NEAR(follows(small_byol(), {50, 100, 0}), 0.002, 1e-9);
  EXPECT_NEAR(follows(small_byol(), {100, 100, 0}), 0, 1e-12);
  const double quarter = 0.004 * (std::cos(std::numbers::pi / 4) + 1) / 2;
  EXPECT_NEAR(follows(small_byol(), {25, 100, 0}), quarter, 1e-9);
  EXPECT_NEAR(follows(small_byol({{"momentum_schedule", "constant"}}), {50, 100, 0}), 0.004, 1e-9);
}

TEST(BYOL, LeavesTheTargetAloneUntilTheStepIsDone) {
  const auto method = make_method("byol", small_byol());
  method->train();
  const auto before = state_of(*method);
  method->loss(random_batch(8, 2, 1)).value.backward();
  for (const auto& item : method->named_parameters()) {
    EXPECT_TRUE(item.value().equal(before.at(item.key()))) << item.key();
  }
}

TEST(BYOL, ScalesThePredictorsLearningRate) {
  const auto groups =
      make_method("byol", small_byol({{"predictor_lr_scale", 10}}))->parameter_groups();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].lr_scale, 1);
  EXPECT_EQ(groups[1].lr_scale, 10);
}

TEST(BYOL, EvaluatesTheOnlineBackbonesFeatures) {
  const auto method = make_method("byol", small_byol());
  EXPECT_EQ(method->embed(torch::randn({2, 3, 16, 16})).sizes(), (std::vector<int64_t>{2, 16}));
}

}  // namespace
