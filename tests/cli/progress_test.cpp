// What a sweep's progress says of a run.
#include "cli/progress.h"

#include <gtest/gtest.h>

namespace sslx::cli {
namespace {

sweep::RunView training() {
  sweep::RunView out{"run", "x, seed 0", {}, 100, {}};
  out.progress.started = true;
  out.progress.steps = 1000;
  out.progress.step = 10;
  out.progress.epoch = 1;
  out.progress.epochs = 8;
  out.progress.seconds_left = 90;
  out.doing = "method 'x' in loss";
  return out;
}

TEST(ProgressLine, SaysWhatIsLeft) {
  EXPECT_EQ(progress_line(training()), "x, seed 0  epoch 1/8  1 min 30 s left");
}

TEST(ProgressLine, SaysWhereAStepHangs) {
  sweep::RunView run = training();
  run.step_seconds = 59;
  EXPECT_EQ(progress_line(run), "x, seed 0  epoch 1/8  1 min 30 s left");
  run.step_seconds = 60;
  EXPECT_EQ(progress_line(run), "x, seed 0  epoch 1/8  no step for 60 s (method 'x' in loss)");
}

TEST(ProgressLine, SaysWhereSomethingElseHangs) {
  sweep::RunView run = training();
  run.progress.step = run.progress.steps;
  run.doing = "linear probe";
  EXPECT_EQ(progress_line(run), "x, seed 0  epoch 1/8  evaluating");
  run.quiet_seconds = 75;
  EXPECT_EQ(progress_line(run),
            "x, seed 0  epoch 1/8  evaluating  no sign of life for 75 s (linear probe)");
  run.progress = {};
  run.doing = "";
  EXPECT_EQ(progress_line(run), "x, seed 0  starting  no sign of life for 75 s");
}

}  // namespace
}  // namespace sslx::cli
