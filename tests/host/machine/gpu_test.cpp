#include "host/machine/gpu.h"

#include <gtest/gtest.h>

namespace {

using sslx::machine::Gpu;

/// Libraries that answer as the driver's (fake_gpu.cpp), with two devices in another order each.
TEST(Gpu, SaysWhatTheDriverSays) {
  const Gpu gpu(1, {FAKE_GPU, FAKE_GPU});
  EXPECT_EQ(gpu.name(), "NVIDIA Pretended 9000");
  EXPECT_EQ(gpu.driver(), "550.54.15");
  EXPECT_EQ(gpu.memory_bytes(), int64_t{80} << 30);
  EXPECT_DOUBLE_EQ(gpu.joules().value(), 1234.5);
}

TEST(Gpu, AreCounted) {
  EXPECT_EQ(sslx::machine::gpu_count({FAKE_GPU, FAKE_GPU}), 2);
  EXPECT_EQ(sslx::machine::gpu_count({"libsslx-no-such-cuda.so", FAKE_GPU}), 0);
  EXPECT_EQ(sslx::machine::gpu_count({"libm.so.6", FAKE_GPU}), 0);
}

TEST(Gpu, OneThatIsNotThereSaysNothing) {
  const Gpu gpu(7, {FAKE_GPU, FAKE_GPU});
  EXPECT_EQ(gpu.name(), "");
  EXPECT_EQ(gpu.driver(), "550.54.15");
  EXPECT_EQ(gpu.memory_bytes(), std::nullopt);
  EXPECT_EQ(gpu.joules(), std::nullopt);
}

TEST(Gpu, WithoutTheDriverThereIsNothing) {
  const Gpu gpu(0, {"libsslx-no-such-cuda.so", "libsslx-no-such-nvml.so"});
  EXPECT_EQ(gpu.name() + gpu.driver(), "");
  EXPECT_EQ(gpu.joules(), std::nullopt);
}

/// Of a library that lacks the functions, as an old driver's may.
TEST(Gpu, WithoutTheFunctionsThereIsNothing) {
  const Gpu gpu(0, {"libm.so.6", "libm.so.6"});
  EXPECT_EQ(gpu.name() + gpu.driver(), "");
  EXPECT_EQ(gpu.joules(), std::nullopt);
}

}  // namespace
