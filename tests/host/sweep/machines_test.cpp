#include "host/sweep/machines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>

#include <cstdlib>
#include <map>

namespace sslx::sweep {
namespace {

using ::testing::HasSubstr;
using Environment = std::map<std::string, std::string>;

constexpr std::array kNames{"RANK",         "WORLD_SIZE",   "MASTER_ADDR",         "MASTER_PORT",
                            "SLURM_PROCID", "SLURM_NTASKS", "SLURM_STEP_NODELIST", "SLURM_JOB_ID"};

processes::Machines machines(const Environment& environment) {
  for (const char* name : kNames) unsetenv(name);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  const auto clear = [] {
    for (const char* name : kNames) unsetenv(name);
  };
  try {
    const processes::Machines out = machines_of_environment();
    clear();
    return out;
  } catch (...) {
    clear();
    throw;
  }
}

std::string fault(const Environment& environment) {
  try {
    machines(environment);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Machines, AreThoseOfTorchrun) {
  const processes::Machines out = machines({{"RANK", "2"},
                                            {"WORLD_SIZE", "4"},
                                            {"MASTER_ADDR", "a01"},
                                            {"MASTER_PORT", "1234"},
                                            {"SLURM_PROCID", "0"},
                                            {"SLURM_NTASKS", "9"}});
  EXPECT_EQ(out.rank, 2);
  EXPECT_EQ(out.size, 4);
  EXPECT_EQ(out.address, "a01");
  EXPECT_EQ(out.port, 1234);
}

TEST(Machines, OrThoseOfAStepOfSlurm) {
  const processes::Machines out = machines({{"SLURM_PROCID", "1"},
                                            {"SLURM_NTASKS", "2"},
                                            {"SLURM_STEP_NODELIST", "gpu[07-08]"},
                                            {"SLURM_JOB_ID", "4000123"}});
  EXPECT_EQ(out.rank, 1);
  EXPECT_EQ(out.size, 2);
  EXPECT_EQ(out.address, "gpu07");
  EXPECT_EQ(out.port, 20123);
}

TEST(Machines, TheFirstNodeOfAListIsFound) {
  EXPECT_EQ(first_node("a"), "a");
  EXPECT_EQ(first_node("a,b[1-2]"), "a");
  EXPECT_EQ(first_node("a[07-09,12],b1"), "a07");
  EXPECT_EQ(first_node("rack-3-[4,9]"), "rack-3-4");
}

TEST(Machines, WhatIsMissingOrWrongIsTold) {
  EXPECT_THAT(fault({}),
              HasSubstr("needs RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or a step"));
  EXPECT_THAT(fault({{"RANK", "1"}}), HasSubstr("this command has neither"));
  EXPECT_THAT(fault({{"SLURM_NTASKS", "2"}}), HasSubstr("SLURM_NTASKS is set, and SLURM_PROCID"));
  EXPECT_THAT(fault({{"RANK", "4"}, {"WORLD_SIZE", "4"}}), HasSubstr("a number from 0 to 3"));
  EXPECT_THAT(fault({{"RANK", "x"}, {"WORLD_SIZE", "4"}}), HasSubstr("RANK is \"x\""));
  EXPECT_THAT(fault({{"RANK", "0"}, {"WORLD_SIZE", "2"}}), HasSubstr("needs MASTER_ADDR"));
  EXPECT_THAT(
      fault({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "0"}}),
      HasSubstr("MASTER_PORT is \"0\""));
}

}  // namespace
}  // namespace sslx::sweep
