#include "host/machine/environment.h"

#include <gtest/gtest.h>

#include <array>

namespace {

using nlohmann::json;
using sslx::machine::bits_environment;
using sslx::machine::recorded_environment;

TEST(Environment, OnlyWhatMattersIsRecorded) {
  const std::array<const char*, 11> all{"HOME=/root",
                                        "OMP_NUM_THREADS=2",
                                        "MKL_CBWR=AVX2",
                                        "CUBLAS_WORKSPACE_CONFIG=:4096:8",
                                        "LD_PRELOAD=",
                                        "NCCL_AUTH_TOKEN=abc",
                                        "SSLX_API_KEY=abc",
                                        "SSLX_RUN=20260131-235959-0a1b2c",
                                        "TORCH_WITH_A=b=c",
                                        "no_value",
                                        nullptr};
  EXPECT_EQ(recorded_environment(all.data()), json({{"OMP_NUM_THREADS", "2"},
                                                    {"MKL_CBWR", "AVX2"},
                                                    {"CUBLAS_WORKSPACE_CONFIG", ":4096:8"},
                                                    {"LD_PRELOAD", ""},
                                                    {"TORCH_WITH_A", "b=c"}}));
  EXPECT_EQ(recorded_environment(nullptr), json::object());
}

TEST(Environment, ThreadsDoNotChooseKernels) {
  EXPECT_EQ(bits_environment({{"OMP_NUM_THREADS", "2"}, {"MKL_CBWR", "AVX2"}}),
            json({{"MKL_CBWR", "AVX2"}}));
  EXPECT_EQ(bits_environment(nullptr), json::object());
}

}  // namespace
