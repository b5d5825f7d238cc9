#include "host/data/parallel.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace sslx::data {
namespace {

std::set<std::thread::id> threads_that_work(const char* allowed) {
  const char* before = std::getenv("OMP_NUM_THREADS");
  const std::string kept = before == nullptr ? "" : before;
  setenv("OMP_NUM_THREADS", allowed, 1);
  std::set<std::thread::id> out;
  std::mutex mutex;
  on_all_cores(200, [&](size_t) {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    const std::lock_guard lock(mutex);
    out.insert(std::this_thread::get_id());
  });
  unsetenv("OMP_NUM_THREADS");
  if (!kept.empty()) setenv("OMP_NUM_THREADS", kept.c_str(), 1);
  return out;
}

// Decoding and whatever else is done for many files.
TEST(Parallel, HasNoMoreThreadsThanTheProcessIsTold) {
  EXPECT_EQ(threads_that_work("1"), std::set{std::this_thread::get_id()});
  EXPECT_LE(threads_that_work("2").size(), 2U);
}

}  // namespace
}  // namespace sslx::data
