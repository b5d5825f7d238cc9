// What the data set's size says of a trial before it runs.
#include "host/sweep/size_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/sweep/plan.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using ::testing::HasSubstr;

/// Of TestData: ten classes of 5,000 images for training and 1,000 for testing.
TEST(SizeCheck, ABatchLargerThanTheDataSetIsRefusedOnce) {
  EXPECT_EQ(plan_error("batch_size = 1001\n"),
            "demo.toml:10: simclr, seed 0: train.batch_size is 1001, more than the 1000 training "
            "images; it must be at most that many");
  EXPECT_EQ(plan_error("batch_size = 1000\n"), "");
  EXPECT_EQ(
      plan_error("batch_size = 501\naccumulate = 2\n"),
      "demo.toml:10: simclr, seed 0: train.batch_size is 501 and train.accumulate 2, together "
      "more than the 1000 training images; it must be at most that many");
  EXPECT_EQ(plan_error("batch_size = 1001\ndrop_last = false\n"), "");
  EXPECT_THAT(plan_error("batch_size = 333\ndrop_last = false\n"),
              HasSubstr("leaves a batch of one image of the 1000 training images"));
  EXPECT_THAT(plan_error("[axes]\n\"train.batch_size\" = [64, 2048]\n"),
              ::testing::StartsWith("demo.toml:11: simclr, train.batch_size=2048, seed 0: "));
}

TEST(SizeCheck, MoreOfAClassThanThereAre) {
  EXPECT_EQ(plan_error("", {"data.train_per_class=5001"}),
            "--set data.train_per_class=5001: simclr, seed 0: data.train_per_class is 5001, but a "
            "class has only 5000 images; it must be at most that");
  EXPECT_EQ(plan_error("", {"data.train_per_class=5000"}), "");
}

/// Those of the images that it is judged by, too.
TEST(SizeCheck, OfOtherDataToJudgeBy) {
  const std::string judged = "[base.evaluate.data]\nname = \"cifar10\"\n";
  EXPECT_EQ(plan_error(judged), "");
  EXPECT_THAT(plan_error(judged + "train_per_class = 5001\n"),
              ::testing::StartsWith("demo.toml:12: simclr, seed 0: evaluate.data.train_per_class "
                                    "is 5001, but a class has only 5000 images"));
}

TEST(SizeCheck, FewerLabelsThanNeighboursAreANote) {
  const auto notes = [](const std::string& k) {
    return plan_of(sweep_text("[base.evaluate]\nknn = { k = " + k + " }\n")).notes;
  };
  EXPECT_EQ(notes("1000").size(), 0U);
  ASSERT_EQ(notes("1001").size(), 1U);
  EXPECT_EQ(notes("1001")[0],
            "evaluate.knn.k is 1001, but there are 1000 training images with a label: the "
            "neighbours will be all of them, as the protocol says");
}

TEST(SizeCheck, BatchesOfOneImageHaveNoVariance) {
  EXPECT_EQ(plan_error("[base.evaluate.finetune]\nbatch_size = 1\n"),
            "demo.toml:11: evaluate.finetune: 'batch_size' is 1; it must be 2 to 1000000");
}

}  // namespace
}  // namespace sslx::sweep
