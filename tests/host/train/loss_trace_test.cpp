// The losses' lines: the same cuts whatever happened between.
#include "host/train/loss_trace.h"

#include <gmock/gmock.h>

namespace sslx::train {
namespace {

using ::testing::ElementsAre;
using Line = std::pair<int64_t, int64_t>;  ///< First step, and steps.

struct Written {
  std::vector<Line> lines;
  std::vector<float> losses;
  LossTrace::Write write() {
    return [this](int64_t first, const torch::Tensor& part) {
      EXPECT_EQ(part.scalar_type(), torch::kFloat32);
      lines.emplace_back(first, part.size(0));
      for (int64_t i = 0; i < part.size(0); ++i) losses.push_back(part[i].item<float>());
    };
  }
};

TEST(LossTrace, HasEachStepOnceInLinesOfTheSameLength) {
  Written written;
  LossTrace trace(torch::kCPU, written.write());
  for (int i = 1; i <= 600; ++i) trace.add(torch::tensor(i / 3.0, torch::kFloat64));
  trace.end();
  trace.end();
  EXPECT_THAT(written.lines, ElementsAre(Line{1, 256}, Line{257, 256}, Line{513, 88}));
  ASSERT_EQ(written.losses.size(), 600U);
  EXPECT_EQ(written.losses[299], 100.0F);
}

TEST(LossTrace, GoesOnWithinALine) {
  for (const int stop : {0, 1, 255, 256, 300}) {
    Written written;
    LossTrace first(torch::kCPU, written.write());
    for (int i = 1; i <= stop; ++i) first.add(torch::tensor(static_cast<float>(i)));
    const torch::Tensor pending = first.pending();
    LossTrace second(torch::kCPU, written.write());
    second.go_on(stop, pending);
    for (int i = stop + 1; i <= 400; ++i) second.add(torch::tensor(static_cast<float>(i)));
    second.end();
    EXPECT_THAT(written.lines, ElementsAre(Line{1, 256}, Line{257, 144})) << stop;
    for (size_t i = 0; i < 400; ++i) EXPECT_EQ(written.losses.at(i), static_cast<float>(i + 1));
  }
}

}  // namespace
}  // namespace sslx::train
