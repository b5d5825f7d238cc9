#include "host/machine/memory.h"

#include "machine_fixture.h"

namespace {

using sslx::machine::memory_bytes;

class Memory : public sslx::test::MachineTest {};

TEST_F(Memory, IsTheWholeMachines) {
  EXPECT_EQ(memory_bytes(root_), std::nullopt);
  write("proc/meminfo", "MemTotal:       16384 kB\nMemFree:        8192 kB\n");
  EXPECT_EQ(memory_bytes(root_), int64_t{16} << 20);
}

}  // namespace
