#include "host/data/mapped_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <numeric>
#include <vector>

namespace {

/// As `cp` does that overwrites a pack in place.
TEST(MappedFile, CutShortWhileItIsReadHasZeros) {
  char name[] = "/tmp/sslx_mapped_XXXXXX";
  const int file = ::mkstemp(name);
  ::unlink(name);
  const std::vector<uint8_t> bytes(3 * 4096, 1);
  ASSERT_EQ(::write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  const auto* mapped =
      static_cast<const uint8_t*>(::mmap(nullptr, bytes.size(), PROT_READ, MAP_SHARED, file, 0));
  ASSERT_NE(mapped, MAP_FAILED);
  sslx::train::zeros_for_lost_pages({mapped, bytes.size()});
  sslx::train::zeros_for_lost_pages({mapped + bytes.size(), 1}, 1);  // does not take its place
  ASSERT_EQ(::ftruncate(file, 4096), 0);
  EXPECT_EQ(std::accumulate(mapped, mapped + bytes.size(), 0), 4096);
  sslx::train::zeros_for_lost_pages({});
  ::munmap(const_cast<uint8_t*>(mapped), bytes.size());
  ::close(file);
}

}  // namespace
