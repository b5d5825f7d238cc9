// Work that is the same for each of many things, on all cores that this process may use, or as many
// threads as it was told. Private to host/data.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "host/machine/beacon.h"
#include "host/machine/cores.h"

namespace sslx::data {

/// Calls `work(i)` for every i below `count`, in no order, and returns when all are done. What a
/// call throws first is thrown here, and no further call begins.
template <typename Work>
void on_all_cores(size_t count, Work work) {
  std::atomic<size_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto take = [&] {
    try {
      for (size_t i = next++; i < count; i = next++) {
        work(i);
        machine::sign_of_life();
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> threads;
    const size_t cores = count > 1 ? static_cast<size_t>(machine::usual_threads()) : 1;
    for (size_t i = 1; i < std::min(cores, count); ++i) threads.emplace_back(take);
    take();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sslx::data
