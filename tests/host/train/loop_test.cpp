// The loop: batches that make one step together, what is recorded, and how a training ends.
#include <gmock/gmock.h>
#include <sslx/error.h>

#include "host/data/batch_check.h"
#include "tests/host/train/loop_fixture.h"

namespace {

using namespace sslx::train;
using sslx::test::Linear;
using sslx::test::LoopTest;
using sslx::test::weight_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<Linear> linear() { return std::make_shared<Linear>(); }

void expect_same_weights(const Linear& parts, const Linear& whole) {
  EXPECT_TRUE(torch::allclose(weight_of(parts), weight_of(whole), 1e-12, 1e-13));
  EXPECT_GT((weight_of(whole) - weight_of(*linear())).abs().max().item<double>(), 0.01);
  ASSERT_EQ(parts.steps.size(), whole.steps.size());
  for (size_t i = 0; i < whole.steps.size(); ++i) {
    EXPECT_EQ(parts.steps[i].step, whole.steps[i].step);
    EXPECT_EQ(parts.steps[i].total_steps, whole.steps[i].total_steps);
    EXPECT_EQ(parts.steps[i].epoch, whole.steps[i].epoch);
  }
}

/// 40 images are 2 steps of 16 and 5 batches of 8: the fifth belongs to no step.
TEST_F(LoopTest, TwoBatchesMakeTheStepOfOneTwiceAsLarge) {
  const auto whole = linear();
  run(whole, {{"batch_size", 16}, {"lr_scaling", "linear"}});
  const auto parts = linear();
  run(parts, {{"batch_size", 8}, {"accumulate", 2}, {"lr_scaling", "linear"}});
  EXPECT_THAT(whole->sizes, ElementsAre(16, 16, 16, 16, 16, 16));
  EXPECT_EQ(parts->sizes, std::vector<int64_t>(12, 8));
  expect_same_weights(*parts, *whole);
}

/// 44 images are steps of 16, 16 and 12, and 12 are a batch of 8 and one of 4.
TEST_F(LoopTest, AStepOfUnequalBatchesIsTheMeanOverItsImages) {
  images_ = 44;
  const auto whole = linear();
  run(whole, {{"batch_size", 16}, {"drop_last", false}, {"epochs", 1}});
  const auto parts = linear();
  run(parts, {{"batch_size", 8}, {"accumulate", 2}, {"drop_last", false}, {"epochs", 1}});
  EXPECT_THAT(whole->sizes, ElementsAre(16, 16, 12));
  EXPECT_THAT(parts->sizes, ElementsAre(8, 8, 8, 8, 8, 4));
  expect_same_weights(*parts, *whole);
}

TEST_F(LoopTest, RecordsTheMeanOfAStepsBatches) {
  run(linear(), {{"epochs", 1}});
  const auto whole = recorded().back();
  run(linear(), {{"epochs", 1}, {"batch_size", 4}, {"accumulate", 4}});
  const auto parts = recorded().back();
  EXPECT_EQ(parts.at("step"), whole.at("step"));
  for (const char* name : {"loss", "output_deviation", "loss_below_chance"}) {
    EXPECT_NEAR(parts["values"][name].get<double>(), whole["values"][name].get<double>(), 1e-9);
  }
}

TEST_F(LoopTest, ALeftOverBatchOfOneImageIsRefused) {
  const auto refusal = [](int64_t batch, bool drop_last, int64_t accumulate,
                          int64_t images) -> std::string {
    try {
      sslx::data::check_batch(
          {{"batch_size", batch}, {"drop_last", drop_last}, {"accumulate", accumulate}}, images);
      return "";
    } catch (const sslx::Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
  };
  EXPECT_EQ(
      refusal(16, false, 1, 33),
      "train.batch_size is 16 and train.drop_last is false, which leaves a batch of one image "
      "of the 33 training images, and one image can be compared with no other; "
      "train.batch_size must be another, as 15, or train.drop_last must be true");
  EXPECT_THAT(refusal(16, false, 2, 33), HasSubstr("leaves a batch of one image")) << "1 step of 2";
  EXPECT_THAT(refusal(2, false, 1, 3), HasSubstr("no other; train.drop_last must be true"));
  EXPECT_EQ(refusal(16, true, 1, 33), "");
  EXPECT_EQ(refusal(16, false, 1, 32), "");
  EXPECT_EQ(refusal(16, false, 1, 34), "");
  EXPECT_EQ(refusal(1, false, 1, 33), "") << "nothing is left over";
}

TEST_F(LoopTest, AStepMustNotHaveMoreImagesThanThereAre) {
  const nlohmann::json config{{"batch_size", 32}, {"accumulate", 4}, {"drop_last", true}};
  try {
    sslx::data::check_batch(config, 100);
    ADD_FAILURE();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(),
                 "train.batch_size is 32 and train.accumulate 4, together more than the 100 "
                 "training images; it must be at most that many");
  }
}

/// The first look is not at the first step: the loop has recorded that one anyway.
TEST_F(LoopTest, LooksAtTheFeaturesAtTheEnd) {
  run(linear(), {}, /*watched=*/true);
  const auto values = recorded().back().at("values");
  // Without augmentation both views of an image are the same.
  EXPECT_NEAR(values.at("alignment").get<double>(), 0, 1e-9);
  EXPECT_LT(values.at("uniformity").get<double>(), 0);
  EXPECT_GT(values.at("effective_rank").get<double>(), 1);
  EXPECT_LE(values.at("effective_rank").get<double>(), 5);
  EXPECT_GT(values.at("feature_deviation").get<double>(), 0);
  EXPECT_GT(values.at("share_looks").get<double>(), 0);
  EXPECT_LT(values.at("share_looks").get<double>(), 1);
}

TEST_F(LoopTest, LooksChangeNothing) {
  const auto unwatched = linear();
  run(unwatched, {{"epochs", 100}});
  EXPECT_FALSE(recorded().back().at("values").contains("alignment"));
  const auto watched = linear();
  run(watched, {{"epochs", 100}}, /*watched=*/true);
  EXPECT_TRUE(weight_of(*watched).equal(weight_of(*unwatched)));
  EXPECT_TRUE(watched->is_training());
  EXPECT_EQ(watched->losses, unwatched->losses);
}

TEST_F(LoopTest, LooksTenTimesAtMost) {
  run(linear(), {{"epochs", 400}}, /*watched=*/true);
  std::vector<int64_t> looks;
  for (const auto& line : recorded()) {
    if (line.at("values").contains("alignment")) looks.push_back(line.at("step"));
  }
  EXPECT_THAT(looks, ElementsAre(80, 160, 240, 320, 400, 480, 560, 640, 720, 800));
}

TEST_F(LoopTest, FeaturesThatCannotBeHadAreAWarning) {
  const auto method = linear();
  method->refuses = true;
  EXPECT_EQ(run(method, {}, /*watched=*/true).end, LoopEnd::kCompleted);
  ASSERT_EQ(lines("warning").size(), 1U);
  EXPECT_THAT(lines("warning")[0].at("message").get<std::string>(),
              HasSubstr("are not recorded: embed(): these images are too small"));
  EXPECT_TRUE(method->is_training());
}

TEST_F(LoopTest, RecordsWhereTheTimeWentAndTheDistanceFromChance) {
  run(linear(), {});
  const auto values = recorded().back().at("values");
  double sum = 0;
  for (const char* part : {"share_data", "share_forward", "share_backward", "share_update"}) {
    EXPECT_GT(values.at(part).get<double>(), 0) << part;
    sum += values.at(part).get<double>();
  }
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_NEAR(values.at("loss_below_chance").get<double>(), 9 - values.at("loss").get<double>(),
              1e-12);
}

TEST_F(LoopTest, ALossThatIsNoNumberEndsItBeforeTheStep) {
  const auto before = linear();
  run(before, {{"epochs", 1}, {"schedule", "constant"}});
  const auto diverged = linear();
  diverged->diverge_at = 3;
  const LoopResult result = run(diverged, {{"schedule", "constant"}});
  EXPECT_EQ(result.end, LoopEnd::kDiverged);
  EXPECT_EQ(result.message,
            "the loss is nan at step 2; it is the first figure to leave its range: all parameters, "
            "views and diagnostics are finite");
  EXPECT_EQ(result.collapse, "");
  EXPECT_TRUE(weight_of(*diverged).equal(weight_of(*before)));
}

TEST_F(LoopTest, OutputsThatAreAllTheSameAreACollapse) {
  const auto method = linear();
  method->deviation = 0.001;
  const LoopResult result = run(method, {});
  EXPECT_EQ(result.end, LoopEnd::kCompleted);
  EXPECT_EQ(result.collapse, "output_deviation is 0.001 over the last epoch, below 0.05");
  EXPECT_EQ(run(linear(), {}).collapse, "");
}

/// 44 images are batches of 16, 16 and 12 in each of three epochs; so the seventh loss begins the
/// last one.
TEST_F(LoopTest, ACollapseIsJudgedOverTheLastEpochAndNotOnOneStep) {
  images_ = 44;
  const auto collapse = [&](const std::vector<double>& deviations) {
    const auto method = linear();
    method->deviations = deviations;
    return run(method, {{"drop_last", false}}).collapse;
  };
  const double nan = std::nan("");
  EXPECT_EQ(collapse({1, 1, 1, 1, 1, 1, 1, 1, 0.001}), "") << "one step that looks like it";
  EXPECT_EQ(collapse({1, 1, 1, 1, 1, 1, 1, 1, nan}), "") << "one step that says nothing";
  EXPECT_EQ(collapse({0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5}), "") << "it recovered";
  // (16 * 0.01 + 16 * 0.02 + 12 * 0.1) / 44
  EXPECT_EQ(collapse({1, 1, 1, 1, 1, 1, 0.01, 0.02, 0.1}),
            "output_deviation is 0.0382 over the last epoch, below 0.05");
  EXPECT_EQ(collapse({1, 1, 1, 1, 1, 1, 0.01, 0.01, nan}),
            "output_deviation is 0.01 over the last epoch, below 0.05");
}

/// A network of one output: its features lie on a line.
TEST_F(LoopTest, FeaturesOnALineAreACollapse) {
  EXPECT_THAT(run(std::make_shared<Linear>(1), {}, /*watched=*/true).collapse,
              HasSubstr("effective_rank is 1 over the last epoch"));
}

}  // namespace
