// The stand-in for a GPU itself: what a GPU refuses it refuses, what a GPU does it does, with the
// processor's values.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/autocast_mode.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/torch.h>

#include "tests/device/standin_memory.h"
#include "tests/device/synchronisations.h"

namespace sslx::standin {
namespace {

using ::testing::HasSubstr;

const torch::Device kDevice(kType, 0);

torch::Tensor ramp(int64_t rows, int64_t columns) {
  return torch::linspace(-1, 1, rows * columns).reshape({rows, columns});
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

TEST(Standin, ItsMemoryCannotBeRead) {
  const torch::Tensor there = ramp(2, 3).to(kDevice);
  EXPECT_EXIT(static_cast<void>(*static_cast<volatile float*>(there.data_ptr())),
              ::testing::KilledBySignal(SIGSEGV), "");
  EXPECT_TRUE(torch::equal(there.cpu(), ramp(2, 3)));
}

TEST(Standin, TensorsOfTwoDevicesAreRefused) {
  const torch::Tensor there = ramp(2, 3).to(kDevice);
  EXPECT_THAT(refusal([&] { static_cast<void>(there + ramp(2, 3)); }),
              HasSubstr("found at least two devices"));
  EXPECT_THAT(refusal([&] {
                static_cast<void>(torch::cat({there, ramp(2, 3)}));
              }),
              HasSubstr("aten::cat.out got a tensor on cpu"));
  // A number and indices of the processor may stand there.
  EXPECT_EQ(refusal([&] { static_cast<void>(there + torch::tensor(2.0F)); }), "");
  EXPECT_EQ(refusal([&] { static_cast<void>(there.index({torch::tensor({1, 0})})); }), "");
}

TEST(Standin, AGeneratorOfTheProcessorIsRefused) {
  const torch::Generator own = at::detail::createCPUGenerator(3);
  EXPECT_THAT(
      refusal([&] {
        static_cast<void>(
            torch::empty({4}, torch::dtype(torch::kFloat).device(kDevice)).normal_(0, 1, own));
      }),
      HasSubstr("got a generator of the processor for a tensor on the device"));
}

TEST(Standin, WaitsAreCountedWhereTheyAre) {
  const torch::Tensor there = ramp(2, 3).to(kDevice);
  take_waits();
  static_cast<void>(torch::softmax(there.matmul(there.t()), 1));
  EXPECT_TRUE(take_waits().empty());  // computing is no waiting
  double sum = 0;
  for (int i = 0; i < 3; ++i) sum += there[0][i].item<double>();
  static_cast<void>(there.cpu());
  const std::vector<Waits> waits = take_waits();
  ASSERT_EQ(waits.size(), 2U);
  EXPECT_EQ(waits[0].what, "item");
  EXPECT_EQ(waits[0].count, 3);
  EXPECT_EQ(waits[1].what, "copy");
  ASSERT_FALSE(waits[0].calls.empty());
  EXPECT_THAT(waits[0].calls[0], HasSubstr("standin_test"));
  EXPECT_LT(sum, 0);
}

TEST(Standin, BatchNormKeepsItsRunningStatistics) {
  torch::nn::BatchNorm2d here(torch::nn::BatchNorm2dOptions(3));
  torch::nn::BatchNorm2d there(torch::nn::BatchNorm2dOptions(3));
  there->to(kDevice);
  const torch::Tensor images = ramp(4, 3 * 5 * 5).reshape({4, 3, 5, 5});
  const torch::Tensor one = here->forward(images);
  const torch::Tensor other = there->forward(images.to(kDevice));
  EXPECT_TRUE(torch::equal(one, other.cpu()));
  EXPECT_TRUE(torch::equal(here->running_mean, there->running_mean.cpu()));
  EXPECT_TRUE(torch::equal(here->running_var, there->running_var.cpu()));
  EXPECT_EQ(there->num_batches_tracked.item<int64_t>(), 1);
}

/// Two tensors may look at the same bytes in an order that is not theirs by default: what an
/// operation writes into one of them stays where it was.
TEST(Standin, AnUpdateInPlaceKeepsTheOrderOfTheBytes) {
  const torch::Tensor here =
      ramp(4, 2 * 3 * 5).reshape({4, 2, 3, 5}).contiguous(torch::MemoryFormat::ChannelsLast);
  const torch::Tensor there = here.to(kDevice);
  there.detach().add_(torch::ones_like(there), 0.5);
  EXPECT_TRUE(there.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(torch::equal(there.cpu(), here + 0.5));
}

/// Who does not wait for a copy reads nothing that he could take for it; who overwrites what is to
/// be copied spoils the copy.
TEST(Standin, ACopyOnAStreamOfItsOwnIsLate) {
  const c10::impl::VirtualGuardImpl device(kType);
  const c10::Stream side = device.getStreamFromGlobalPool(kDevice);
  torch::Tensor host = torch::empty({2, 3}, torch::TensorOptions().pinned_memory(true));
  EXPECT_TRUE(host.is_pinned(kType));
  host.copy_(ramp(2, 3));
  c10::Event done(kType);
  torch::Tensor there;
  {
    const c10::StreamGuard guard(side);
    there = host.to(kDevice, /*non_blocking=*/true);
    done.record(side);
  }
  EXPECT_FALSE(done.query());
  EXPECT_TRUE(there.cpu().isnan().all().item<bool>());
  host[0][0] = 7;  // too early
  done.block(device.getStream(kDevice));
  EXPECT_TRUE(done.query());
  EXPECT_EQ(there.cpu()[0][0].item<float>(), 7);
  EXPECT_TRUE(torch::equal(there.cpu()[1], ramp(2, 3)[1]));
  // From memory that is not pinned the processor copies itself.
  const c10::StreamGuard guard(side);
  EXPECT_TRUE(torch::equal(ramp(2, 3).to(kDevice, /*non_blocking=*/true).cpu(), ramp(2, 3)));
}

TEST(Standin, AConvolutionAndItsGradientsAreTheProcessors) {
  torch::manual_seed(1);
  torch::nn::Conv2d here(torch::nn::Conv2dOptions(3, 4, 3).padding(1));
  torch::nn::Conv2d there(torch::nn::Conv2dOptions(3, 4, 3).padding(1));
  const torch::NoGradGuard no_gradient;
  there->weight.copy_(here->weight);
  there->bias.copy_(here->bias);
  there->to(kDevice);
  const at::AutoGradMode gradient(true);
  const torch::Tensor images = torch::randn({2, 3, 8, 8});
  here->forward(images).square().sum().backward();
  there->forward(images.to(kDevice)).square().sum().backward();
  EXPECT_TRUE(torch::equal(here->weight.grad(), there->weight.grad().cpu()));
  EXPECT_TRUE(torch::equal(here->bias.grad(), there->bias.grad().cpu()));
}

TEST(Standin, AutocastComputesInBfloat16AndLossesInFloat32) {
  at::autocast::set_autocast_enabled(kType, true);
  at::autocast::set_autocast_dtype(kType, torch::kBFloat16);
  const torch::Tensor there = ramp(4, 4).to(kDevice);
  EXPECT_EQ(there.matmul(there).scalar_type(), torch::kBFloat16);
  EXPECT_EQ(torch::log_softmax(there.matmul(there), 1).scalar_type(), torch::kFloat);
  at::autocast::set_autocast_enabled(kType, false);
  at::autocast::clear_cache();
}

TEST(Standin, WhatIsFreedIsTakenAgain) {
  const int64_t before = held_bytes();
  {
    const torch::Tensor there = torch::zeros({1024, 1024}, kDevice);
    EXPECT_GE(held_bytes(), before + 4 * 1024 * 1024);
  }
  EXPECT_EQ(held_bytes(), before);
  EXPECT_GE(most_held_bytes(), before + 4 * 1024 * 1024);
}

}  // namespace
}  // namespace sslx::standin
