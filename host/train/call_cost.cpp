#include "host/train/call_cost.h"

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace sslx::train {
namespace {

/// What torch's allocators tell of this thread.
class HeldBytes : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t bytes, size_t, size_t, c10::Device device) override {
    if (!device.is_cpu()) return;
    now_ += bytes;
    most = std::max(most, now_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t most = 0;

 private:
  int64_t now_ = 0;
};

}  // namespace

Cost measured(const std::function<void()>& call) {
  const auto held = std::make_shared<HeldBytes>();
  const auto begin = std::chrono::steady_clock::now();
  {
    const c10::DebugInfoGuard watch(c10::DebugInfoKind::PROFILER_STATE, held);
    call();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  return {seconds.count(), static_cast<double>(held->most)};
}

}  // namespace sslx::train
