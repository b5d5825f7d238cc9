// Numbers that a method keeps between steps are its state, whoever writes them.
#include <gtest/gtest.h>
#include <sslx/kept.h>

namespace {

using sslx::Kept;

struct Counting : torch::nn::Module {
  Counting()
      : steps(register_buffer("steps", torch::zeros({}, torch::kInt64))),
        share(register_buffer("share", torch::zeros({}, torch::kFloat64))) {}
  Kept<int64_t> steps;
  Kept<double> share;
};

TEST(Kept, IsTheBuffer) {
  Counting module;
  EXPECT_EQ(module.steps.value(), 0);
  module.steps.add(3);
  module.share.set(0.25);
  EXPECT_EQ(module.named_buffers()["steps"].item<int64_t>(), 3);
  EXPECT_EQ(module.named_buffers()["share"].item<double>(), 0.25);
  EXPECT_EQ(module.steps.value(), 3);
}

/// As loading a state does.
TEST(Kept, SeesWhatSomebodyElseWrote) {
  Counting module;
  module.steps.add(1);
  const torch::NoGradGuard guard;
  module.named_buffers()["steps"].copy_(torch::tensor(int64_t{1} << 40));
  EXPECT_EQ(module.steps.value(), int64_t{1} << 40);
  module.steps.add(1);
  EXPECT_EQ(module.named_buffers()["steps"].item<int64_t>(), (int64_t{1} << 40) + 1);
}

TEST(Kept, GoesWithItsModule) {
  Counting module;
  module.share.set(0.5);
  module.to(torch::kFloat32);
  EXPECT_EQ(module.share.value(), 0.5);
  module.share.set(0.75);
  EXPECT_EQ(module.named_buffers()["share"].item<double>(), 0.75);
}

}  // namespace
