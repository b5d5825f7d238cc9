// What LARS is: steps that do not depend on the size of the gradient, except for biases; two forms
// of momentum that part when the rate changes. Values over many steps are in
// optimiser_reference_test.cpp.
#include "host/train/lars.h"

#include <gtest/gtest.h>

#include "tests/host/train/optimiser_fixture.h"

namespace {

using torch::Tensor;
using namespace sslx::test;
using sslx::train::Lars;
using sslx::train::LarsOptions;
using sslx::train::LarsParamState;

constexpr auto kDouble = torch::kFloat64;

LarsOptions plain() { return LarsOptions(1).momentum(0); }

/// Its first step from `weight` along `gradient`.
Tensor moved(const Tensor& weight, const Tensor& gradient, const LarsOptions& options) {
  Tensor parameter = weight_with_gradient(weight, gradient);
  Lars({{{parameter}}}, options).step();
  return weight - parameter.detach();
}

/// A 2 by 2 weight of norm 1 and a gradient of `norm`.
double distance(double norm, const LarsOptions& options) {
  const Tensor weight = torch::full({2, 2}, 0.5, kDouble);
  const Tensor gradient = torch::tensor({{norm, 0.0}, {0.0, 0.0}}, kDouble);
  return moved(weight, gradient, options).norm().item<double>();
}

TEST(Lars, MovesAWeightByAShareOfItsNorm) {
  for (const double norm : {1e-6, 0.02, 2.0, 2e4}) {
    EXPECT_NEAR(distance(norm, plain()), 0.001, 1e-15) << norm;
  }
  EXPECT_NEAR(distance(2, plain().eta(0.02)), 0.02, 1e-15);
}

/// The trust of |w| = 1 and |g| = 2 is 0.0005.
TEST(Lars, TheStepIsTrustTimesTheGradient) {
  const Tensor gradient = torch::tensor({{2.0, 0.0}, {0.0, 0.0}}, kDouble);
  const Tensor step = moved(torch::full({2, 2}, 0.5, kDouble), gradient, plain());
  EXPECT_TRUE(torch::allclose(step, 0.0005 * gradient, 1e-12, 1e-15));
}

/// Ten times the loss: the same step of weights, ten times that of biases.
TEST(Lars, AScaledLossMovesOnlyBiasesFurther) {
  torch::manual_seed(0);
  const Tensor weight = torch::randn({4, 3}, kDouble), gradient = torch::randn({4, 3}, kDouble);
  const Tensor bias = torch::randn({4}, kDouble), of_bias = torch::randn({4}, kDouble);
  EXPECT_TRUE(torch::allclose(moved(weight, gradient, plain()),
                              moved(weight, 10 * gradient, plain()), 1e-10, 1e-15));
  EXPECT_TRUE(torch::allclose(10 * moved(bias, of_bias, plain()),
                              moved(bias, 10 * of_bias, plain()), 1e-10, 1e-15));
  EXPECT_TRUE(torch::allclose(moved(bias, of_bias, plain()), of_bias, 1e-10, 1e-15));
}

TEST(Lars, WeightDecayIsInsideTheTrust) {
  const Tensor weight = torch::full({2, 2}, 0.5, kDouble);
  const Tensor gradient = torch::tensor({{2.0, 0.0}, {0.0, 0.0}}, kDouble);
  const Tensor direction = gradient + 0.1 * weight;
  EXPECT_TRUE(torch::allclose(moved(weight, gradient, plain().weight_decay(0.1)),
                              0.001 * direction / direction.norm(), 1e-10, 1e-15));
}

TEST(Lars, BiasesAreExcludedOnlyWhereThatIsAsked) {
  const Tensor bias = torch::tensor({0.6, 0.8}, kDouble),
               gradient = torch::tensor({2.0, 0.0}, kDouble);
  const LarsOptions decayed = plain().weight_decay(0.1);
  EXPECT_TRUE(torch::allclose(moved(bias, gradient, decayed), gradient, 1e-12, 1e-15));
  EXPECT_NEAR(moved(bias, gradient, LarsOptions(decayed).exclude(false)).norm().item<double>(),
              0.001, 1e-15);
}

TEST(Lars, ANormOfZeroMeansATrustOfOne) {
  const Tensor zero = torch::zeros({2, 2}, kDouble), some = torch::ones({2, 2}, kDouble);
  EXPECT_TRUE(torch::equal(moved(zero, some, plain()), some));
  EXPECT_TRUE(torch::equal(moved(some, zero, plain()), zero));
}

/// Three steps at the given rates.
Tensor after_steps(bool classic, const std::vector<double>& rates) {
  Tensor weight = torch::arange(1, 7, kDouble).view({2, 3}).requires_grad_();
  Lars lars({{{weight}}}, LarsOptions(1).eta(0.1).classic(classic));
  for (size_t step = 0; step < rates.size(); ++step) {
    weight.mutable_grad() = torch::cos(torch::arange(6, kDouble) + 2.0 * step).view({2, 3});
    lars.param_groups()[0].options().set_lr(rates[step]);
    lars.step();
  }
  return weight.detach();
}

TEST(Lars, TheFormsOfMomentumPartWhenTheRateChanges) {
  EXPECT_TRUE(torch::allclose(after_steps(true, {0.3, 0.3, 0.3}),
                              after_steps(false, {0.3, 0.3, 0.3}), 1e-12, 1e-15));
  const Tensor apart = after_steps(true, {0.3, 0.2, 0.1}) - after_steps(false, {0.3, 0.2, 0.1});
  EXPECT_GT(apart.abs().max().item<double>(), 1e-3);
}

/// After one step from a bias of 0 at rate 0.5: classic has the rate inside.
TEST(Lars, ItsStateIsTheMomentumBuffer) {
  for (const bool classic : {true, false}) {
    Tensor bias = weight_with_gradient(torch::zeros({2}), torch::ones({2}));
    Lars lars({{{bias}}}, LarsOptions(0.5).classic(classic));
    lars.step();
    ASSERT_EQ(lars.state().size(), 1U);
    const auto& state =
        static_cast<const LarsParamState&>(*lars.state().at(bias.unsafeGetTensorImpl()));
    EXPECT_TRUE(torch::equal(state.momentum_buffer(), torch::full({2}, classic ? 0.5 : 1.0)));
  }
}

/// A gradient may be shared with others: it is read alone.
TEST(Lars, LeavesTheGradientsAsTheyAre) {
  Tensor weight = weight_with_gradient(torch::ones({2, 2}), torch::full({2, 2}, 3.0));
  Lars({{{weight}}}, LarsOptions(1).weight_decay(0.1)).step();
  EXPECT_TRUE(torch::equal(weight.grad(), torch::full({2, 2}, 3.0)));
}

}  // namespace
