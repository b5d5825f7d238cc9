#include "host/train/optimiser.h"

#include <gtest/gtest.h>
#include <sslx/error.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include <algorithm>

#include "tests/host/train/optimiser_fixture.h"

namespace {

using nlohmann::json;
using torch::Tensor;
using namespace sslx::test;
using sslx::ParameterGroup;
using sslx::train::Optimiser;
using sslx::train::Schedule;

TEST(Optimiser, IsSgdWithMomentumAndDecay) {
  Tensor weight = weight_with_gradient(1.0, 2.0);
  Optimiser optimiser =
      make_optimiser(train_config({{"weight_decay", 0.5}}), {{{weight}}}, 1000000);
  optimiser.step(0);
  EXPECT_NEAR(weight.item<float>(), 1 - 0.1 * 2.5, 1e-6);
  weight.mutable_grad() = torch::zeros({1});
  optimiser.step(1);
  const double velocity = 0.9 * 2.5 + 0.5 * 0.75;
  EXPECT_NEAR(weight.item<float>(), 0.75 - 0.1 * velocity, 1e-5);
}

/// Whether after 20 steps, in which weights lack their gradient now and then, ours are those of
/// torch's own optimiser, bit for bit.
template <class Theirs, class Options>
bool is_bit_for_bit(json config, Options options) {
  torch::manual_seed(1);
  std::vector<Tensor> ours, theirs;
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{16, 3, 3, 3}, {16}, {10, 16}}) {
    ours.push_back(torch::randn(shape).requires_grad_());
    theirs.push_back(ours.back().detach().clone().requires_grad_());
  }
  config.update({{"lr", 0.12}, {"weight_decay", 5e-4}, {"warmup_epochs", 2}});
  Optimiser optimiser = make_optimiser(config, {{ours}}, 20);
  Theirs reference(theirs, options.weight_decay(5e-4));
  for (int64_t step = 0; step < 20; ++step) {
    for (size_t i = 0; i < ours.size(); ++i) {
      const bool lacks = (step + static_cast<int64_t>(i)) % 5 == 0;
      theirs[i].mutable_grad() = lacks ? Tensor() : torch::randn_like(theirs[i]);
      ours[i].mutable_grad() = lacks ? Tensor() : theirs[i].grad().clone();
    }
    reference.param_groups()[0].options().set_lr(Schedule(config, 1, 20).rate(step));
    reference.step();
    optimiser.step(step);
  }
  return std::equal(ours.begin(), ours.end(), theirs.begin(),
                    [](const Tensor& a, const Tensor& b) { return torch::equal(a, b); });
}

TEST(Optimiser, IsBitForBitTorchs) {
  namespace optim = torch::optim;
  const optim::SGDOptions sgd(0.12);
  const json config = train_config(json::object());
  EXPECT_TRUE(is_bit_for_bit<optim::SGD>(config, optim::SGDOptions(sgd).momentum(0.9)));
  json other = train_config({{"momentum", 0.0}});
  EXPECT_TRUE(is_bit_for_bit<optim::SGD>(other, sgd));
  other = train_config({{"nesterov", true}});
  EXPECT_TRUE(
      is_bit_for_bit<optim::SGD>(other, optim::SGDOptions(sgd).momentum(0.9).nesterov(true)));
  const auto betas = std::make_tuple(0.8, 0.95);
  other = train_config({{"optimizer", "adam"}, {"betas", {0.8, 0.95}}});
  EXPECT_TRUE(is_bit_for_bit<optim::Adam>(other, optim::AdamOptions(0.12).betas(betas)));
  other = train_config({{"optimizer", "adamw"}, {"betas", {0.8, 0.95}}});
  EXPECT_TRUE(is_bit_for_bit<optim::AdamW>(other, optim::AdamWOptions(0.12).betas(betas)));
}

TEST(Optimiser, HonoursTheGroups) {
  Tensor fixed = weight_with_gradient(0, 1);
  Tensor free = weight_with_gradient(1, 1);
  ParameterGroup constant{{fixed}};
  constant.constant_lr = true;
  ParameterGroup undecayed{{free}};
  undecayed.weight_decay = false;
  undecayed.lr_scale = 10;
  Optimiser optimiser =
      make_optimiser(train_config({{"weight_decay", 0.5}}), {constant, undecayed}, 2);
  optimiser.step(1);  // The cosine has fallen to half of the base rate.
  EXPECT_NEAR(fixed.item<float>(), -0.1, 1e-6);
  EXPECT_NEAR(free.item<float>(), 1 - 10 * 0.05, 1e-6);
}

/// With gradients of 0 only the decay moves a weight. The vectors keep their group's rate.
TEST(Optimiser, BiasesAndNormsMayGoWithoutDecay) {
  for (const bool all : {true, false}) {
    Tensor matrix = weight_with_gradient(torch::ones({2, 2}), torch::zeros({2, 2}));
    Tensor bias = weight_with_gradient(torch::ones({2}), torch::zeros({2}));
    Tensor moved = weight_with_gradient(torch::zeros({2}), torch::ones({2}));
    ParameterGroup scaled{{moved}};
    scaled.lr_scale = 3;
    make_optimiser(train_config({{"weight_decay", 0.5}, {"decay_all", all}}),
                   {{{matrix, bias}}, scaled}, 1)
        .step(0);
    EXPECT_TRUE(torch::allclose(matrix, torch::full({2, 2}, 0.95)));
    EXPECT_TRUE(torch::allclose(bias, torch::full({2}, all ? 0.95 : 1.0)));
    EXPECT_TRUE(torch::allclose(moved, torch::full({2}, -0.3)));
  }
}

/// Gradients of norm 3 and 4: 5 together.
TEST(Optimiser, ClipsTheGradientTogetherOrEachOnItsOwn) {
  const auto steps = [](const json& clip) {
    Tensor small = weight_with_gradient(0, 3), large = weight_with_gradient(0, 4);
    json changes{{"lr", 1.0}, {"momentum", 0.0}};
    changes.update(clip);
    make_optimiser(train_config(changes), {{{small}}, {{large}}}, 1).step(0);
    return std::pair(-small.item<double>(), -large.item<double>());
  };
  const auto expect = [&](const json& clip, double small, double large) {
    const auto [first, second] = steps(clip);
    EXPECT_NEAR(first, small, 1e-5) << clip;
    EXPECT_NEAR(second, large, 1e-5) << clip;
  };
  expect(json::object(), 3, 4);
  expect({{"clip_norm", 1.0}, {"clip", "norm"}}, 0.6, 0.8);
  expect({{"clip_norm", 6.0}, {"clip", "norm"}}, 3, 4);
  expect({{"clip_norm", 3.5}, {"clip", "each"}}, 3, 3.5);
}

/// A parameter that the loss does not reach has no gradient.
TEST(Optimiser, PassesOverParametersWithoutGradient) {
  for (const char* name : {"sgd", "lars", "adam", "adamw"}) {
    Tensor idle = torch::ones({2, 2}).requires_grad_();
    json config = train_config({{"optimizer", name}, {"clip_norm", 1.0}, {"weight_decay", 0.1}});
    config.update({{"betas", {0.9, 0.999}},
                   {"lars_eta", 0.001},
                   {"lars_momentum", "classic"},
                   {"lars_exclude", true}});
    make_optimiser(config, {{{idle}}}, 1).step(0);
    EXPECT_TRUE(torch::equal(idle, torch::ones({2, 2}))) << name;
  }
}

TEST(Optimiser, RefusesWhatItDoesNotKnow) {
  Tensor weight = torch::zeros({1}).requires_grad_();
  try {
    make_optimiser(train_config({{"optimizer", "rmsprop"}}), {{{weight}}}, 1);
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(),
                 "train.optimizer is \"rmsprop\"; it must be sgd, lars, adam or adamw");
  }
}

}  // namespace
