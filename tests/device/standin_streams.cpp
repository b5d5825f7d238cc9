#include "tests/device/standin_streams.h"

#include <cstdlib>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

namespace sslx::standin {
namespace {

struct Stream {
  int64_t put_off = 0;
  int64_t done = 0;
  std::deque<std::function<void()>> work;
};

struct Streams {
  std::recursive_mutex mutex;  // work may free tensors, and those come back here
  std::map<c10::StreamId, Stream> all;
  c10::StreamId last = 0;
};

Streams& streams() {
  static Streams& out = *new Streams;
  return out;
}

thread_local c10::StreamId current = 0;

/// The blocks that are pinned, by their begin.
struct Pinned {
  std::mutex mutex;
  std::map<const char*, size_t> blocks;
};

Pinned& pinned() {
  static Pinned& out = *new Pinned;
  return out;
}

void give_back(void* block) {
  {
    const std::lock_guard lock(pinned().mutex);
    pinned().blocks.erase(static_cast<const char*>(block));
  }
  std::free(block);
}

struct Memory final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    void* block = nullptr;
    TORCH_CHECK(posix_memalign(&block, 64, std::max<size_t>(bytes, 1)) == 0,
                "stand-in device: no pinned memory");
    const std::lock_guard lock(pinned().mutex);
    pinned().blocks[static_cast<const char*>(block)] = std::max<size_t>(bytes, 1);
    return {block, block, &give_back, c10::Device(c10::DeviceType::CPU)};
  }
  void copy_data(void* to, const void* from, size_t count) const override {
    default_copy_data(to, from, count);
  }
};

}  // namespace

c10::StreamId current_stream() { return current; }
c10::StreamId exchange_stream(c10::StreamId stream) { return std::exchange(current, stream); }

c10::StreamId new_stream() {
  const std::lock_guard lock(streams().mutex);
  return ++streams().last;
}

void put_off(c10::StreamId stream, std::function<void()> work) {
  const std::lock_guard lock(streams().mutex);
  Stream& one = streams().all[stream];
  one.work.push_back(std::move(work));
  ++one.put_off;
}

int64_t put_off_so_far(c10::StreamId stream) {
  const std::lock_guard lock(streams().mutex);
  return streams().all[stream].put_off;
}

bool is_done(c10::StreamId stream, int64_t amount) {
  const std::lock_guard lock(streams().mutex);
  return streams().all[stream].done >= amount;
}

void do_until(c10::StreamId stream, int64_t amount) {
  const std::lock_guard lock(streams().mutex);
  Stream& one = streams().all[stream];
  while (one.done < amount && !one.work.empty()) {
    const std::function<void()> work = std::move(one.work.front());
    one.work.pop_front();
    ++one.done;
    work();
  }
}

void do_all() {
  const std::lock_guard lock(streams().mutex);
  for (auto& [id, stream] : streams().all) do_until(id, stream.put_off);
}

c10::Allocator& pinned_memory() {
  static Memory& out = *new Memory;
  return out;
}

bool is_pinned(const void* address) {
  const std::lock_guard lock(pinned().mutex);
  const auto* at = static_cast<const char*>(address);
  auto after = pinned().blocks.upper_bound(at);
  if (after == pinned().blocks.begin()) return false;
  const auto& [begin, size] = *std::prev(after);
  return at < begin + size;
}

}  // namespace sslx::standin
