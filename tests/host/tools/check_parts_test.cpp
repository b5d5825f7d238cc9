// The instruments of `sslx plugins check`: gradients against finite differences where a loss takes
// parts of itself for constant, and what a module keeps without having registered it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/tools/check/directional.h"
#include "host/tools/check/kept_tensors.h"
#include "host/tools/check/outputs.h"

namespace {

using namespace sslx::check;
using testing::ElementsAre;
using testing::HasSubstr;
using torch::Tensor;

/// z times a factor, whose gradient says another one.
class Scaled : public torch::autograd::Function<Scaled> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, double told) {
    context->saved_data["told"] = told;
    const Tensor half = x * 0.5;  // an intermediate that depends on x, out of the graph
    return half + half;
  }
  static std::vector<Tensor> backward(torch::autograd::AutogradContext* context,
                                      const std::vector<Tensor>& outer) {
    return {outer[0] * context->saved_data["told"].toDouble(), {}};
  }
};

class Differences : public ::testing::Test {
 protected:
  Differences() {
    torch::manual_seed(3);
    images_ = torch::randn({6, 5}, torch::kFloat64);
    a_ = torch::randn({5, 4}, torch::kFloat64).requires_grad_();
    b_ = torch::randn({4, 3}, torch::kFloat64).requires_grad_();
  }

  Agreement of(const std::function<Tensor(const Tensor& z)>& loss) {
    const Tensor a = a_.detach().clone(), b = b_.detach().clone();
    return gradient_agreement({{"a", a_}, {"b", b_}}, [&](const std::function<void()>& move) {
      {
        const torch::NoGradGuard guard;
        a_.copy_(a);
        b_.copy_(b);
      }
      move();
      return loss(torch::mm(torch::mm(images_, a_).tanh(), b_));
    });
  }

  Tensor images_, a_, b_;
};

TEST_F(Differences, AgreeWithARightGradient) {
  const Agreement found = of([](const Tensor& z) { return z.square().mean(); });
  EXPECT_TRUE(found.holds()) << found.error;
  EXPECT_LT(found.error, 1e-5);
  EXPECT_TRUE(found.comparable);
}

/// SimSiam's loss: the other view's output is a constant, but depends on the same weights.
TEST_F(Differences, HoldWhatIsDetached) {
  EXPECT_LT(of([](const Tensor& z) { return (z * z.flip(0).detach()).sum(); }).error, 1e-5);
}

/// SwAV's codes and a teacher's outputs.
TEST_F(Differences, HoldWhatIsComputedWithoutGradient) {
  EXPECT_LT(of([](const Tensor& z) {
              Tensor target;
              {
                const torch::NoGradGuard guard;
                target = (z * 3).softmax(1);
              }
              return -(target * z.log_softmax(1)).sum(1).mean();
            }).error,
            1e-5);
}

TEST_F(Differences, LookIntoAFunctionWithABackwardOfItsOwn) {
  EXPECT_LT(of([](const Tensor& z) { return Scaled::apply(z, 1.0).square().mean(); }).error, 1e-5);
  const Agreement wrong = of([](const Tensor& z) { return Scaled::apply(z, 1.1).square().mean(); });
  EXPECT_FALSE(wrong.holds());
  EXPECT_THAT(wrong.wrong, ElementsAre("a", "b"));
}

TEST_F(Differences, NameTheWeightWhoseGradientIsWrong) {
  const Agreement found = of([this](const Tensor& z) {
    return z.square().mean() + Scaled::apply(a_, 2.0).square().mean();
  });
  EXPECT_FALSE(found.holds());
  EXPECT_THAT(found.wrong, ElementsAre("a"));
}

TEST_F(Differences, SayNothingOfALossThatTakesAnotherWay) {
  bool odd = false;
  const Agreement found = of([&](const Tensor& z) {
    odd = !odd;
    return odd ? z.square().mean() : (z * torch::ones({3}, torch::kFloat64)).square().mean();
  });
  EXPECT_FALSE(found.comparable);
}

/// A running mean of its inputs, registered or not.
struct Running : torch::nn::Module {
  explicit Running(bool registers) : mean(torch::zeros({4})) {
    if (registers) mean = register_buffer("mean", mean);
  }
  void step(bool reassigns) {
    const Tensor x = torch::ones({2, 4});
    (x - mean).sum();
    if (reassigns) {
      mean = 0.5 * mean + 0.5 * x.mean(0);
    } else {
      mean.lerp_(x.mean(0), 0.5);
    }
  }
  std::string kept(bool reassigns) {
    const auto one = [&] { step(reassigns); };
    return kept_unregistered(*this, one, one);
  }
  Tensor mean;
};

TEST(KeptTensors, AreNamedWithTheirShapeAndReader) {
  EXPECT_THAT(Running(false).kept(false), HasSubstr("a tensor of shape [4] (read by sub)"));
  EXPECT_THAT(Running(false).kept(true), HasSubstr("a tensor of shape [4] (read by sub)"));
}

TEST(KeptTensors, ARegisteredOneIsNoneUnlessAnotherTakesItsPlace) {
  EXPECT_EQ(Running(true).kept(false), "");
  EXPECT_THAT(Running(true).kept(true), HasSubstr("a tensor of shape [4]"));
}

TEST(Same, WhatDivergesAlikeIsTheSame) {
  const double nan = std::nan(""), infinity = INFINITY;
  const Tensor one = torch::tensor({1.0, nan, infinity}),
               two = torch::tensor({1.0, nan, -infinity});
  EXPECT_TRUE(is_same(one, one.clone()));
  EXPECT_FALSE(is_same(one, two));
  EXPECT_FALSE(is_same(one, one.nan_to_num()));
  EXPECT_FALSE(is_same(one, one.to(torch::kFloat64)));
  EXPECT_FALSE(is_same(torch::tensor({1}), torch::tensor({2})));
  EXPECT_TRUE(is_same(nan, nan));
  EXPECT_FALSE(is_same(nan, 1.0));
}

}  // namespace
