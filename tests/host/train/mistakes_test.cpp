// What a method must not return or do, told with its name, the stage and the step, in words of our
// own; and which figure a divergence began with.
#include <gmock/gmock.h>
#include <sslx/error.h>

#include "tests/host/train/loop_fixture.h"

namespace {

using namespace sslx;
using sslx::test::Linear;
using sslx::test::LoopTest;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using train::LoopEnd;
using train::LoopResult;

/// Does what it is told to once so many losses were asked for.
class Mistaken : public Linear {
 public:
  Loss loss(const Batch& batch) override {
    const bool now = losses == at;
    Loss out = Linear::loss(batch);
    if (now && in_loss) in_loss(out);
    return out;
  }
  void after_step(const Step& step) override {
    if (step.step == at && in_after_step) in_after_step();
  }
  torch::Tensor embed(const torch::Tensor& images) override {
    const torch::Tensor out = Linear::embed(images);
    return in_embed ? in_embed(out) : out;
  }

  int at = 1;
  std::function<void(Loss&)> in_loss;
  std::function<void()> in_after_step;
  std::function<torch::Tensor(const torch::Tensor&)> in_embed;
};

class MistakesTest : public LoopTest {
 protected:
  std::string error_of(const std::function<void(Loss&)>& in_loss) {
    method_->in_loss = in_loss;
    return error();
  }
  std::string error() {
    method_->losses = 0;
    try {
      run(method_, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kRun);
      return error.what();
    }
    return "it went well";
  }

  std::shared_ptr<Mistaken> method_ = std::make_shared<Mistaken>();
};

TEST_F(MistakesTest, ALossMustBeAScalar) {
  EXPECT_EQ(error_of([](Loss& loss) { loss.value = loss.value.expand({100}); }),
            "the method: its loss has shape [100] at step 1; it must be a scalar");
  EXPECT_EQ(error_of([](Loss& loss) { loss.value = torch::Tensor(); }),
            "the method: its loss is not set at step 1; it must be a scalar");
  EXPECT_THAT(error_of([](Loss& loss) { loss.value = torch::ones({}, torch::kInt64); }),
              StartsWith("the method: its loss has the type Long at step 1; "));
  EXPECT_THAT(error_of([](Loss& loss) { loss.value = loss.value.detach(); }),
              StartsWith("the method: its loss carries no gradient at step 1; "));
}

TEST_F(MistakesTest, ADiagnosticMustBeAScalar) {
  EXPECT_EQ(error_of([](Loss& loss) { loss.diagnostics["accuracy"] = torch::ones({100}); }),
            "the method: its diagnostic 'accuracy' has shape [100] at step 1; it must be a scalar");
  EXPECT_EQ(error_of([](Loss& loss) { loss.diagnostics["accuracy"] = torch::Tensor(); }),
            "the method: its diagnostic 'accuracy' is not set at step 1; it must be a scalar");
}

TEST_F(MistakesTest, WhatIsThrownNamesTheStageAndTheStep) {
  EXPECT_EQ(error_of([](Loss&) { throw std::runtime_error("gave up"); }),
            "the method in loss at step 1: gave up");
  EXPECT_THAT(error_of([](Loss&) { static_cast<void>(std::stoi("x")); }),
              StartsWith("the method in loss at step 1: a text is no number"));
  method_->in_loss = {};
  method_->in_after_step = [] { throw std::runtime_error("gave up"); };
  EXPECT_EQ(error(), "the method in after_step at step 1: gave up");
}

/// torch finds it in the backward pass alone.
TEST_F(MistakesTest, ABackwardPassThatFailsIsTheMethods) {
  EXPECT_THAT(error_of([](Loss& loss) {
                const torch::Tensor root = loss.value.exp();
                loss.value = root * 2;
                root.detach().add_(1);
              }),
              StartsWith("the method in backward at step 1: one of the variables needed"));
}

TEST_F(MistakesTest, FeaturesOfAnotherShapeAreAWarning) {
  method_->in_embed = [](const torch::Tensor& out) { return out.unsqueeze(2).unsqueeze(3); };
  EXPECT_EQ(run(method_, {}, /*watched=*/true).end, LoopEnd::kCompleted);
  ASSERT_EQ(lines("warning").size(), 1U);
  EXPECT_THAT(lines("warning")[0].at("message").get<std::string>(),
              HasSubstr("it gave Double of shape [8, 5, 1, 1] for 8 images; it must give"));
}

/// A square root at zero: a finite loss, and a gradient that is not.
void break_gradient(Loss& loss, const Mistaken& method) {
  const torch::Tensor weight = method.named_parameters()["weight"];
  loss.value = loss.value + (weight * 0).sum().sqrt();
}

TEST_F(MistakesTest, ADivergenceNamesTheParameterThatWasFirst) {
  method_->in_loss = [this](Loss& loss) { break_gradient(loss, *method_); };
  const LoopResult result = run(method_, {});
  EXPECT_EQ(result.end, LoopEnd::kDiverged);
  EXPECT_EQ(result.message,
            "the loss is nan at step 2; first, the parameter 'weight' (1 of 1) was not finite "
            "after the update of step 1");
}

TEST_F(MistakesTest, ADivergenceOfTheLastUpdateIsSeen) {
  method_->at = 5;
  method_->in_loss = [this](Loss& loss) { break_gradient(loss, *method_); };
  const LoopResult result = run(method_, {});
  EXPECT_EQ(result.end, LoopEnd::kDiverged);
  EXPECT_EQ(result.message,
            "the parameter 'weight' (1 of 1) is not finite after the last update, that of step 5");
}

TEST_F(MistakesTest, ADivergenceNamesTheDiagnostic) {
  method_->in_loss = [](Loss& loss) {
    loss.diagnostics["spread"] = torch::tensor(INFINITY);
    loss.value = loss.value / 0;
  };
  EXPECT_EQ(run(method_, {}).message,
            "the loss is inf at step 1; its diagnostic 'spread' is inf, too, and all parameters "
            "and views are finite");
}

TEST_F(MistakesTest, TheJournalKeepsWhatWasRecordedLast) {
  const std::filesystem::path file = file_.string() + ".last";
  train::Journal journal(file);
  journal.metric(1, 1, {{"loss", 2}, {"rank", 7}});
  journal.metric(3, 1, {{"loss", 1}});
  EXPECT_EQ(journal.last_step(), 3);
  EXPECT_EQ(journal.last_values(), (std::map<std::string, double>{{"loss", 1}, {"rank", 7}}));
  std::filesystem::remove(file);
}

}  // namespace
