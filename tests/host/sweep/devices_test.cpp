// Trials on several devices: which there are, who gets which, and what a broken one costs.
#include "host/sweep/devices.h"

#include "tests/host/sweep/executor_fixture.h"

namespace sslx::sweep {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const machine::GpuLibraries kTwo{FAKE_GPU, FAKE_GPU};
const machine::GpuLibraries kNone{"libsslx-no-such-cuda.so", "libsslx-no-such-nvml.so"};

std::vector<std::string> named(const std::string& devices) {
  RunOptions run;
  run.devices = devices;
  std::vector<std::string> out;
  for (const TrialDevice& one : trial_devices(run, kTwo)) {
    out.push_back(one.kind + " " + one.name + " as " + one.visible);
  }
  return out;
}

std::string fault_of(const std::string& devices, const machine::GpuLibraries& libraries = kTwo) {
  try {
    RunOptions run;
    run.devices = devices;
    trial_devices(run, libraries);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Devices, AllAreThoseThatCudaCounts) {
  EXPECT_EQ(named("all"), (std::vector<std::string>{"cuda cuda:0 as 0", "cuda cuda:1 as 1"}));
  EXPECT_EQ(named(" cuda:1 "), std::vector<std::string>{"cuda cuda:1 as 1"});
}

TEST(Devices, AreCountedAmongThoseThatThisProcessSees) {
  setenv("CUDA_VISIBLE_DEVICES", "5, GPU-8a2f", 1);
  EXPECT_EQ(named("cuda:1,cuda:0"),
            (std::vector<std::string>{"cuda cuda:1 as GPU-8a2f", "cuda cuda:0 as 5"}));
  unsetenv("CUDA_VISIBLE_DEVICES");
}

TEST(Devices, WithoutAnyTheOneOfDeviceHasAll) {
  const std::vector<TrialDevice> devices = trial_devices(RunOptions{}, kNone);
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_EQ(devices[0].kind + devices[0].visible, "auto");
}

TEST(Devices, WhatIsWrongIsTold) {
  EXPECT_THAT(fault_of("cuda:2"), HasSubstr("there is no device cuda:2: CUDA counts 2 here"));
  EXPECT_THAT(fault_of("all", kNone), HasSubstr("CUDA counts none on this machine"));
  EXPECT_THAT(fault_of("cuda:0,cuda:0"), HasSubstr("has cuda:0 twice"));
  for (const char* bad : {"cuda", "cuda:", "cuda:-1", "cuda:1x", "gpu:0", "cuda:0,,cuda:1", ","}) {
    EXPECT_THAT(fault_of(bad), HasSubstr("it must be all, or names as cuda:0,cuda:2")) << bad;
  }
}

class DealTest : public ExecutorTest {
 protected:
  DealTest() {
    options_.devices = {{"cuda", "0", "cuda:0"}, {"cuda", "1", "cuda:1"}};
    options_.run.jobs = 2;
  }
  /// How many runs saw which device.
  std::map<std::string, int> seen() const {
    std::map<std::string, int> out;
    for (const fs::path& run : record_.ingested) {
      ++out[read_claim(run / "request.json")["execution"].value("visible", "none")];
    }
    return out;
  }
};

TEST_F(DealTest, EachDeviceHasItsShareAndEachTrialSeesItsOwn) {
  options_.run.per_device = 2;
  options_.run.jobs = 4;
  const Summary summary = run(plan_for(std::vector<std::string>(8, "slow")));
  EXPECT_EQ(summary.ran, 8U);
  EXPECT_EQ(events_.most, 4U);
  EXPECT_EQ(seen(), (std::map<std::string, int>{{"0", 4}, {"1", 4}}));
}

TEST_F(DealTest, ABrokenDeviceIsLeftOutAndItsTrialsGoElsewhere) {
  options_.retries = 0;
  const Summary summary =
      run(plan_for({"slow", "sick:1", "sick:1", "succeed", "sick:1", "succeed"}));
  EXPECT_TRUE(summary.failures.empty());
  for (const auto& [label, outcome] : events_.outcomes) EXPECT_EQ(outcome.state, "completed");
  EXPECT_EQ(events_.outcomes.size(), 6U);
  EXPECT_EQ(seen(), (std::map<std::string, int>{{"0", 6}, {"1", 1}}));
  EXPECT_THAT(events_.log,
              Contains("sick:1, seed 1: CUDA error: uncorrectable ECC error encountered; it is "
                       "tried on another device than cuda:1"));
  EXPECT_THAT(events_.log,
              Contains("sick:1, seed 1: no more trials are started on cuda:1, where it failed "
                       "(CUDA error: uncorrectable ECC error encountered), as it did not on "
                       "cuda:0"));
}

TEST_F(DealTest, WhatFailsOnEveryDeviceIsTheTrialsOwnFault) {
  const Summary summary = run(plan_for({"sick", "slow", "slow", "slow", "slow"}));
  ASSERT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(summary.failures[0].second.reason, kDevice);
  EXPECT_EQ(starts(), 6U);
  const auto runs = seen();
  EXPECT_GE(runs.at("0"), 2);
  EXPECT_GE(runs.at("1"), 2);
  EXPECT_THAT(events_.log, Contains("sick, seed 0: it fails on cuda:0 and cuda:1 alike, so it is "
                                    "not they that fail"));
}

TEST_F(DealTest, TheOnlyDeviceHasNoOtherToBeComparedWith) {
  options_.devices.pop_back();
  options_.run.jobs = 1;
  const Summary summary = run(plan_for({"sick", "succeed"}));
  EXPECT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(starts(), 2U);
  EXPECT_EQ(outcome("succeed, seed 1").state, "completed");
}

/// Both fail at something: each tries what the other could not do, and which is left out first is
/// chance. What fails on both fails.
TEST_F(DealTest, NobodyWaitsForADeviceThatNeverComes) {
  const Summary summary = run(plan_for({"sick:0", "sick:1", "sick:0", "sick:1", "sick"}));
  EXPECT_GE(summary.failures.size(), 1U);
  EXPECT_EQ(outcome("sick, seed 4").state, "failed");
  EXPECT_EQ(events_.outcomes.size(), 5U);
}

}  // namespace
}  // namespace sslx::sweep
