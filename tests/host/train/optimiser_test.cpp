#include "host/train/optimiser.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

namespace {

using nlohmann::json;
using sslx::train::Optimiser;
using sslx::train::Schedule;

json config(const json& changes = json::object()) {
  json out{{"lr", 0.1},          {"lr_scaling", "none"}, {"batch_size", 512},
           {"momentum", 0.9},    {"weight_decay", 0.0},  {"schedule", "cosine"},
           {"warmup_epochs", 0}, {"optimizer", "sgd"}};
  out.update(changes);
  return out;
}

TEST(Schedule, IsTheHalfCosine) {
  const Schedule schedule(config(), 10, 100);
  EXPECT_DOUBLE_EQ(schedule.rate(0), 0.1);
  EXPECT_NEAR(schedule.rate(50), 0.05, 1e-12);
  EXPECT_NEAR(schedule.rate(99), 0.1 * 0.5 * (1 + std::cos(M_PI * 0.99)), 1e-12);
}

TEST(Schedule, WarmsUpLinearlyToTheBaseRate) {
  const Schedule schedule(config({{"warmup_epochs", 2}}), 10, 100);
  EXPECT_NEAR(schedule.rate(0), 0.1 / 20, 1e-12);
  EXPECT_NEAR(schedule.rate(9), 0.05, 1e-12);
  EXPECT_NEAR(schedule.rate(19), 0.1, 1e-12);
  EXPECT_NEAR(schedule.rate(20), 0.1, 1e-12);
  EXPECT_NEAR(schedule.rate(60), 0.05, 1e-12);
}

TEST(Schedule, ScalesWithTheBatch) {
  EXPECT_DOUBLE_EQ(Schedule(config({{"lr_scaling", "linear"}}), 1, 1).base_rate(), 0.2);
}

TEST(Schedule, MayBeConstant) {
  const Schedule schedule(config({{"schedule", "constant"}}), 10, 100);
  EXPECT_DOUBLE_EQ(schedule.rate(99), 0.1);
}

torch::Tensor weight_with_gradient(double value, double gradient) {
  torch::Tensor weight = torch::full({1}, value).requires_grad_();
  weight.mutable_grad() = torch::full({1}, gradient);
  return weight;
}

TEST(Optimiser, IsSgdWithMomentumAndDecay) {
  torch::Tensor weight = weight_with_gradient(1.0, 2.0);
  Optimiser optimiser(config({{"weight_decay", 0.5}}), {{{weight}}},
                      Schedule(config(), 1, 1000000));
  optimiser.step(0);
  EXPECT_NEAR(weight.item<float>(), 1 - 0.1 * 2.5, 1e-6);
  weight.mutable_grad() = torch::zeros({1});
  optimiser.step(1);
  const double velocity = 0.9 * 2.5 + 0.5 * 0.75;
  EXPECT_NEAR(weight.item<float>(), 0.75 - 0.1 * velocity, 1e-5);
}

TEST(Optimiser, HonoursTheGroups) {
  torch::Tensor fixed = weight_with_gradient(0, 1);
  torch::Tensor free = weight_with_gradient(1, 1);
  sslx::ParameterGroup constant{{fixed}};
  constant.constant_lr = true;
  sslx::ParameterGroup undecayed{{free}};
  undecayed.weight_decay = false;
  undecayed.lr_scale = 10;
  Optimiser optimiser(config({{"weight_decay", 0.5}}), {constant, undecayed},
                      Schedule(config(), 1, 2));
  optimiser.step(1);  // The cosine has fallen to half of the base rate.
  EXPECT_NEAR(fixed.item<float>(), -0.1, 1e-6);
  EXPECT_NEAR(free.item<float>(), 1 - 10 * 0.05, 1e-6);
}

TEST(Optimiser, RefusesWhatItDoesNotKnow) {
  torch::Tensor weight = torch::zeros({1}).requires_grad_();
  EXPECT_THROW(
      Optimiser(config({{"optimizer", "rmsprop"}}), {{{weight}}}, Schedule(config(), 1, 1)),
      sslx::Error);
}

}  // namespace
