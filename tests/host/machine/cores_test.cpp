#include "host/machine/cores.h"

#include <sched.h>

#include "tests/host/machine/machine_fixture.h"

namespace sslx::machine {
namespace {

/// The test's own mask and environment come back when it is over.
class AllowedCores : public test::MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    ASSERT_EQ(sched_getaffinity(0, sizeof mask_, &mask_), 0);
    const char* threads = getenv("OMP_NUM_THREADS");
    threads_ = threads == nullptr ? "" : threads;
    unsetenv("OMP_NUM_THREADS");
  }

  void TearDown() override {
    sched_setaffinity(0, sizeof mask_, &mask_);
    unsetenv("OMP_NUM_THREADS");
    if (!threads_.empty()) setenv("OMP_NUM_THREADS", threads_.c_str(), 1);
    MachineTest::TearDown();
  }

  void pin_to_one() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(affinity().front()), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  }

 private:
  cpu_set_t mask_{};
  std::string threads_;
};

TEST_F(AllowedCores, AreThoseOfTheAffinityMask) {
  EXPECT_EQ(allowed_cores(root_).count, static_cast<int>(affinity().size()));
  pin_to_one();
  EXPECT_EQ(affinity().size(), 1U);
  EXPECT_EQ(allowed_cores(root_).count, 1);
}

TEST_F(AllowedCores, AreAtLeastOneUnderAQuotaOfHalfACore) {
  mount_v2("/a");
  write("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  const Cores cores = allowed_cores(root_);
  EXPECT_EQ(cores.count, 1);
  EXPECT_TRUE(cores.bound == "a quota of 0.5 of its control group" || affinity().size() < 2);
}

TEST_F(AllowedCores, AreAQuotaRoundedDown) {
  if (affinity().size() < 2) GTEST_SKIP() << "one core is less than any quota above one";
  mount_v1("/a");
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "190000\n");
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(allowed_cores(root_).count, 1);
}

TEST_F(AllowedCores, GiveNoMoreThreadsThanOmpNumThreads) {
  const Cores four{4, ""};
  EXPECT_EQ(usual_threads(four), 4);
  setenv("OMP_NUM_THREADS", " 3,8", 1);
  EXPECT_EQ(usual_threads(four), 3);
  for (const char* text : {"", "none", "-3", "0", "100000"}) {
    setenv("OMP_NUM_THREADS", text, 1);
    EXPECT_EQ(usual_threads(four), 4) << text;
  }
}

TEST_F(AllowedCores, GiveTheThreadsThatWereSet) {
  set_usual_threads(2);
  EXPECT_EQ(usual_threads({4, ""}), 2);
}

}  // namespace
}  // namespace sslx::machine
