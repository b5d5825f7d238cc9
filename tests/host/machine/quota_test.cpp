#include "host/machine/quota.h"

#include "tests/host/machine/machine_fixture.h"

namespace sslx::machine {
namespace {

class Quota : public test::MachineTest {};

TEST_F(Quota, IsNoneWhereNothingCanBeRead) { EXPECT_EQ(cpu_quota(root_), std::nullopt); }

TEST_F(Quota, OfVersion1IsReadFromItsTwoFiles) {
  mount_v1("/docker/1a");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1a/cpu.cfs_quota_us", "150000\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpu_quota(root_), 1.5);
}

TEST_F(Quota, OfVersion1IsNoneForMinusOne) {
  mount_v1("/");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpu_quota(root_), std::nullopt);
}

TEST_F(Quota, OfVersion2IsReadFromCpuMax) {
  mount_v2("/user.slice/a b");
  write("sys/fs/cgroup/user.slice/a b/cpu.max", "50000 100000\n");
  EXPECT_EQ(cpu_quota(root_), 0.5);
}

TEST_F(Quota, OfVersion2IsNoneForMax) {
  mount_v2("/user.slice");
  write("sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
  EXPECT_EQ(cpu_quota(root_), std::nullopt);
}

TEST_F(Quota, IsTheLeastOfTheGroupAndThoseAboveIt) {
  mount_v2("/a/b/c");
  write("sys/fs/cgroup/a/cpu.max", "200000 100000\n");
  write("sys/fs/cgroup/a/b/cpu.max", "100000 100000\n");
  write("sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
  EXPECT_EQ(cpu_quota(root_), 1);
}

// docker with version 1: the group's name is the host's, and it is what is mounted.
TEST_F(Quota, IsFoundWhereTheGroupItselfIsMounted) {
  write("proc/self/mountinfo",
        "32 31 0:29 /docker/1a /sys/fs/cgroup/cpu\\040group rw - cgroup cgroup rw,cpu\n");
  write("proc/self/cgroup", "2:cpu:/docker/1a\n");
  write("sys/fs/cgroup/cpu group/cpu.cfs_quota_us", "300000\n");
  write("sys/fs/cgroup/cpu group/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpu_quota(root_), 3);
}

// A process that is outside of what its namespace shows: "/../x".
TEST_F(Quota, OfAGroupThatIsNotMountedIsThatOfTheMount) {
  mount_v2("/../elsewhere");
  write("sys/fs/cgroup/cpu.max", "100000 50000\n");
  EXPECT_EQ(cpu_quota(root_), 2);
}

TEST_F(Quota, PassesOverLinesThatAreNone) {
  mount_v2("/a");
  write("proc/self/mountinfo", "nonsense\n - \n1 2 - cgroup2\n");
  write("proc/self/cgroup", "nonsense\n:\n");
  EXPECT_EQ(cpu_quota(root_), std::nullopt);
}

}  // namespace
}  // namespace sslx::machine
