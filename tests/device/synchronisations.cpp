#include "tests/device/synchronisations.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

namespace sslx::standin {
namespace {

constexpr int kDepth = 64;
using Stack = std::vector<void*>;

struct Seen {
  std::mutex mutex;
  std::map<std::pair<std::string, Stack>, int64_t> counts;
};

Seen& seen() {
  static Seen& out = *new Seen;
  return out;
}

/// Without the frames of torch itself, in which every operation is.
bool is_ours(const Dl_info& info) {
  const std::string file = info.dli_fname == nullptr ? "" : info.dli_fname;
  return file.find("libtorch") == std::string::npos && file.find("libc10") == std::string::npos &&
         file.find("libsslx_standin") == std::string::npos &&
         file.find("libc.so") == std::string::npos;
}

std::vector<std::string> calls_of(const Stack& stack) {
  std::vector<std::string> out;
  for (void* address : stack) {
    Dl_info info{};
    if (dladdr(address, &info) == 0 || !is_ours(info)) continue;
    const auto offset =
        reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(info.dli_fbase);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "+0x%zx", static_cast<size_t>(offset - 1));
    out.push_back(std::string(info.dli_fname) + text.data());
  }
  return out;
}

void write_line(const char* file, const char* what, const Stack& stack) {
  std::string line = what;
  for (const std::string& call : calls_of(stack)) line += ' ' + call;
  line += '\n';
  const int out = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (out < 0) return;
  static_cast<void>(!write(out, line.data(), line.size()));
  close(out);
}

}  // namespace

void waited(const char* what) {
  Stack stack(kDepth);
  stack.resize(static_cast<size_t>(backtrace(stack.data(), kDepth)));
  if (const char* file = std::getenv("SSLX_STANDIN_WAITS")) write_line(file, what, stack);
  const std::lock_guard lock(seen().mutex);
  ++seen().counts[{what, std::move(stack)}];
}

std::vector<Waits> take_waits() {
  std::map<std::pair<std::string, Stack>, int64_t> counts;
  {
    const std::lock_guard lock(seen().mutex);
    counts.swap(seen().counts);
  }
  std::vector<Waits> out;
  for (const auto& [place, count] : counts) {
    out.push_back({place.first, count, calls_of(place.second)});
  }
  std::ranges::stable_sort(out, std::greater(), &Waits::count);
  return out;
}

}  // namespace sslx::standin
