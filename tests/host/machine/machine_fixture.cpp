#include "tests/host/machine/machine_fixture.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>

namespace sslx::test {

namespace fs = std::filesystem;

void MachineTest::SetUp() {
  std::string name = (fs::temp_directory_path() / "sslx-machine-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  root_ = name;
}

void MachineTest::TearDown() { fs::remove_all(root_); }

void MachineTest::write(const std::string& file, const std::string& text) const {
  fs::create_directories((root_ / file).parent_path());
  std::ofstream(root_ / file) << text;
}

void MachineTest::mount_v1(const std::string& group) const {
  write("proc/self/mountinfo",
        "22 1 0:20 / /proc rw,relatime - proc proc rw\n"
        "33 31 0:30 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup "
        "rw,cpu,cpuacct\n");
  write("proc/self/cgroup", "3:cpuset:/other\n2:cpu,cpuacct:" + group + "\n0::/\n");
}

void MachineTest::mount_v2(const std::string& group) const {
  write("proc/self/mountinfo",
        "31 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
  write("proc/self/cgroup", "0::" + group + "\n");
}

void MachineTest::ticks(int idle0, int busy0, int idle1, int busy1) const {
  write("proc/stat", fmt::format("cpu  9 9 9 9 9 9 9 9 0 0\n"
                                 "cpu0 {} 0 0 {} 0 0 0 0 0 0\ncpu1 0 0 0 {} 0 0 0 {} 0 0\n"
                                 "intr 5\n",
                                 busy0, idle0, idle1, busy1));
}

void MachineTest::own_ticks(int user, int system) const {
  write(
      "proc/self/stat",
      fmt::format("7 (a ) b) R 1 7 7 0 -1 4194304 100 0 0 0 {} {} 0 0 20 0 1 0 5\n", user, system));
}

}  // namespace sslx::test
