// A stand-in for a GPU, for tests on machines without one: a device of torch whose memory the
// processor cannot read (standin_memory.h), whose kernels are the processor's, and which refuses
// what CUDA refuses: tensors of two devices in one operation, and a generator of the processor for
// a tensor of the device. Linked to a program, it is there.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/HPUHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <chrono>

#include "tests/device/standin_memory.h"
#include "tests/device/standin_streams.h"
#include "tests/device/synchronisations.h"

namespace sslx::standin {
namespace {

/// A place in a stream's work, and when it was put there.
struct Event {
  c10::StreamId stream = 0;
  int64_t place = 0;
  std::chrono::steady_clock::time_point at;
};

/// One device. What waits for a stream or an event is counted as waiting for the device, but for
/// one stream that waits for another.
struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device) const override { return {kType, 0}; }
  c10::Device getDevice() const override { return {kType, 0}; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }

  static c10::Stream stream(c10::StreamId id) {
    return c10::Stream(c10::Stream::UNSAFE, c10::Device(kType, 0), id);
  }
  c10::Stream getStream(c10::Device) const override { return stream(current_stream()); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream(0); }
  c10::Stream getNewStream(c10::Device, int) const override { return stream(new_stream()); }
  c10::Stream getStreamFromGlobalPool(c10::Device, bool) const override {
    return stream(new_stream());
  }
  c10::Stream exchangeStream(c10::Stream next) const override {
    return stream(exchange_stream(next.id()));
  }
  bool queryStream(const c10::Stream& one) const override {
    return is_done(one.id(), put_off_so_far(one.id()));
  }
  void synchronizeStream(const c10::Stream& one) const override {
    waited("stream");
    do_until(one.id(), put_off_so_far(one.id()));
  }
  void synchronizeDevice(const c10::DeviceIndex) const override {
    waited("device");
    do_all();
  }

  void record(void** event, const c10::Stream& one, const c10::DeviceIndex,
              const c10::EventFlag) const override {
    if (*event == nullptr) *event = new Event;
    *static_cast<Event*>(*event) = {one.id(), put_off_so_far(one.id()),
                                    std::chrono::steady_clock::now()};
  }
  void block(void* event, const c10::Stream&) const override {
    const auto* one = static_cast<Event*>(event);
    if (one != nullptr) do_until(one->stream, one->place);
  }
  bool queryEvent(void* event) const override {
    const auto* one = static_cast<Event*>(event);
    return one == nullptr || is_done(one->stream, one->place);
  }
  void synchronizeEvent(void* event) const override {
    waited("event");
    block(event, stream(0));
  }
  void destroyEvent(void* event, const c10::DeviceIndex) const noexcept override {
    delete static_cast<Event*>(event);
  }
  double elapsedTime(void* from, void* to, const c10::DeviceIndex) const override {
    const auto passed = static_cast<Event*>(to)->at - static_cast<Event*>(from)->at;
    return std::chrono::duration<double, std::milli>(passed).count();
  }
};
C10_REGISTER_GUARD_IMPL(HPU, Guard);

struct Hooks final : at::HPUHooksInterface {
  explicit Hooks(at::HPUHooksArgs) {}
  void init() const override {}
  bool hasHPU() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  /// Its draws are those of the processor's kernels, which take the processor's own generator.
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    static const at::Generator generator = at::detail::createCPUGenerator();
    return generator;
  }
  c10::Allocator* getPinnedMemoryAllocator() const override { return &pinned_memory(); }
  bool isPinnedPtr(const void* address) const override { return is_pinned(address); }
  void setCurrentDevice(c10::DeviceIndex) const override {}
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex) const override { return 0; }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex) const override { return 0; }
};

}  // namespace
}  // namespace sslx::standin

namespace {
using HPUHooks = sslx::standin::Hooks;
using at::HPUHooksRegistry;
using at::RegistererHPUHooksRegistry;
REGISTER_HPU_HOOKS(HPUHooks);
}  // namespace
