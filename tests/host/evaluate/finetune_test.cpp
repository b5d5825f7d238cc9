#include "host/evaluate/finetune.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

#include <cmath>

#include "host/evaluate/borrowed.h"
#include "host/weights/safetensors.h"
#include "tests/host/evaluate/tiny_method.h"

namespace sslx::evaluate::test {
namespace {

using train::Borrowed;
using train::module_state;
using train::state_digest;

std::shared_ptr<TinyMethod> tiny_method() {
  torch::manual_seed(5);
  return std::make_shared<TinyMethod>();
}

train::LoopResult fit_tiny(FineTuned& network, const Colours& set, int64_t epochs,
                           const nlohmann::json& config = sgd_config(0.2),
                           const std::atomic<bool>& stop = false,
                           std::vector<double>* losses = nullptr) {
  TinyJournal journal;
  FineTuning lesson("tiny", network, *journal);
  const data::ViewPipeline views = set.views();
  const train::Machine machine;
  const auto result =
      train::train(lesson, {views, machine, stop}, stage_plan(config, epochs, views.size(), 1));
  if (losses != nullptr) {
    for (const auto& line : journal.metrics()) losses->push_back(line["values"]["tiny_loss"]);
  }
  return result;
}

TEST(FineTuning, BeginsAtChance) {
  const Colours set(12);
  FineTuned network(tiny_method(), 3, set.batch().views[0]);
  EXPECT_TRUE(network.logits(set.batch().views[0]).equal(torch::zeros({12, 3})));
  network.train();
  const Borrowed borrowed(network);
  EXPECT_NEAR(network.loss(set.batch()).item<double>(), std::log(3.0), 1e-7);
}

TEST(FineTuning, LearnsAndReportsTheFirstAndTheLastLoss) {
  const Colours set(90);
  const Colours test(60, 1);
  const auto method = tiny_method();
  const Borrowed borrowed(*method);
  FineTuned network(method, 3, set.batch().views[0]);
  std::vector<double> losses;
  const auto result = fit_tiny(network, set, 40, sgd_config(0.2), false, &losses);
  EXPECT_EQ(result.end, train::LoopEnd::kCompleted);
  const torch::Tensor found = classify(network, test.images, unit_float, torch::kCPU, 25);
  EXPECT_GT(top1(found, test.labels), 95);
  ASSERT_GE(losses.size(), 2U);
  EXPECT_NEAR(losses.front(), std::log(3.0), 1e-6);
  EXPECT_LT(losses.back(), 0.3);
}

TEST(FineTuning, TrainsEveryWeightThatTheFeaturesRead) {
  const Colours set(90);
  const auto method = tiny_method();
  const Borrowed borrowed(*method);
  FineTuned network(method, 3, set.batch().views[0]);
  const train::State before = [&] {
    train::State out;
    for (const auto& [name, tensor] : module_state(network)) out[name] = tensor.clone();
    return out;
  }();
  fit_tiny(network, set, 2);
  for (const auto& [name, tensor] : module_state(network)) {
    EXPECT_EQ(tensor.equal(before.at(name)), name == "method.queue") << name;
  }
}

TEST(FineTuning, TheMethodComesBackAsItWas) {
  const Colours set(90);
  const auto method = tiny_method();
  method->train();
  const std::string before = state_digest(module_state(*method));
  {
    const Borrowed borrowed(*method);
    FineTuned network(method, 3, set.batch().views[0]);
    fit_tiny(network, set, 2);
    EXPECT_NE(state_digest(module_state(*method)), before);
  }
  EXPECT_EQ(state_digest(module_state(*method)), before);
  EXPECT_TRUE(method->is_training());
  for (const auto& item : method->named_parameters()) {
    EXPECT_EQ(item.value().requires_grad(), item.key().starts_with("head.")) << item.key();
    EXPECT_FALSE(item.value().grad().defined()) << item.key();
  }
}

TEST(FineTuning, OfTheSameWeightsGivesTheSameBits) {
  const Colours set(90);
  const auto method = tiny_method();
  const auto once = [&] {
    const Borrowed borrowed(*method);
    FineTuned network(method, 3, set.batch().views[0]);
    fit_tiny(network, set, 3);
    return state_digest(module_state(network));
  };
  const std::string first = once();
  EXPECT_EQ(once(), first);
}

TEST(FineTuning, FeaturesWithoutGradientAreOneSentence) {
  const Colours set(12);
  const auto method = tiny_method();
  method->with_gradient = false;
  const Borrowed borrowed(*method);
  FineTuned network(method, 3, set.batch().views[0]);
  try {
    network.loss(set.batch());
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "its transfer_features() carries no gradient, so that nothing can be fine-tuned; it "
        "must not compute them under torch::NoGradGuard");
  }
}

TEST(FineTuning, EndsEarlyWhenItIsStoppedOrDiverges) {
  const Colours set(90);
  const auto method = tiny_method();
  const Borrowed borrowed(*method);
  FineTuned network(method, 3, set.batch().views[0]);
  EXPECT_EQ(fit_tiny(network, set, 1, sgd_config(0.1), true).end, train::LoopEnd::kInterrupted);
  const auto diverged = fit_tiny(network, set, 40, sgd_config(1e30));
  EXPECT_EQ(diverged.end, train::LoopEnd::kDiverged);
  EXPECT_TRUE(diverged.message.starts_with("the loss is ")) << diverged.message;
}

/// One per cent of a small data set is less than a batch.
TEST(FineTuning, FewerImagesThanABatchAreOneBatch) {
  const Colours set(6);
  const auto method = tiny_method();
  const Borrowed borrowed(*method);
  FineTuned network(method, 3, set.batch().views[0]);
  std::vector<double> losses;
  fit_tiny(network, set, 2, sgd_config(0.1), false, &losses);
  EXPECT_EQ(losses.size(), 2U);
}

TEST(ShareName, IsThePercentage) {
  EXPECT_EQ(share_name(0.01), "1pct");
  EXPECT_EQ(share_name(0.1), "10pct");
  EXPECT_EQ(share_name(0.07), "7pct");
  EXPECT_EQ(share_name(0.005), "0.5pct");
  EXPECT_EQ(share_name(1), "100pct");
}

}  // namespace
}  // namespace sslx::evaluate::test
