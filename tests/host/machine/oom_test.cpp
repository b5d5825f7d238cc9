#include "host/machine/oom.h"

#include "machine_fixture.h"

namespace sslx::machine {
namespace {

using OutOfMemoryTest = test::MachineTest;

TEST_F(OutOfMemoryTest, KillsAreReadFromTheKernelsCounters) {
  EXPECT_EQ(out_of_memory_kills(root_), 0);
  write("proc/vmstat", "nr_free_pages 12\noom_kill 3\nnr_zone 4\n");
  EXPECT_EQ(out_of_memory_kills(root_), 3);
}

}  // namespace
}  // namespace sslx::machine
