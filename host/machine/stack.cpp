#include "host/machine/stack.h"

#include <backtrace.h>
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

namespace sslx::machine {
namespace {

std::string readable(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

/// What is known of one call.
struct Place {
  std::string function;
  std::string where;
};

void no_error(void*, const char*, int) {}

int take_line(void* place, uintptr_t, const char* file, int line, const char* function) {
  auto& out = *static_cast<Place*>(place);
  if (function == nullptr) return 0;
  out.function = readable(function);
  if (file != nullptr) {
    out.where = fmt::format("{}:{}", std::filesystem::path(file).filename().string(), line);
  }
  return 1;  // the innermost of those that were inlined
}

void take_symbol(void* place, uintptr_t, const char* name, uintptr_t, uintptr_t) {
  if (name != nullptr) static_cast<Place*>(place)->function = readable(name);
}

struct LibraryNames {
  std::mutex mutex;
  std::map<std::string, std::string> by_file;
};

LibraryNames& library_names() {
  static LibraryNames out;
  return out;
}

std::string name_of(const std::string& library) {
  LibraryNames& names = library_names();
  const std::lock_guard lock(names.mutex);
  const auto known = names.by_file.find(library);
  return known != names.by_file.end() ? known->second
                                      : std::filesystem::path(library).filename().string();
}

/// A return address is that of the instruction after the call.
Place place_of(backtrace_state* state, void* call) {
  Place out;
  const auto at = reinterpret_cast<uintptr_t>(call) - 1;
  backtrace_pcinfo(state, at, take_line, no_error, &out);
  if (out.function.empty()) backtrace_syminfo(state, at, take_symbol, no_error, &out);
  Dl_info library{};
  const bool found = dladdr(call, &library) != 0 && library.dli_fname != nullptr;
  if (out.where.empty() && found) {
    out.where = "in " + name_of(library.dli_fname);
  }
  if (out.function.empty()) out.function = fmt::format("{}", call);
  return out;
}

struct Thrown {
  const void* exception = nullptr;
  Stack stack;
};

/// The last few throws of all threads; an exception that is caught and thrown again is among them
/// as long as it matters.
struct LastThrown {
  std::mutex mutex;
  std::array<Thrown, 16> all;
  size_t next = 0;
};

LastThrown& last_thrown() {
  static LastThrown out;
  return out;
}

}  // namespace

Stack Stack::here(size_t skipped) {
  Stack out;
  const int found = backtrace(out.calls.data(), static_cast<int>(kMost));
  const size_t all = static_cast<size_t>(std::max(found, 0));
  const size_t from = std::min(skipped + 1, all);
  std::copy(out.calls.begin() + static_cast<std::ptrdiff_t>(from),
            out.calls.begin() + static_cast<std::ptrdiff_t>(all), out.calls.begin());
  out.count = all - from;
  return out;
}

// A state of its own each time: it knows the libraries that are loaded when it first looks.
std::string Stack::text() const {
  backtrace_state* state = backtrace_create_state(nullptr, /*threaded=*/1, no_error, nullptr);
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    const Place place = place_of(state, calls[i]);
    out += fmt::format("  #{} {}{}\n", i, place.function,
                       place.where.empty() ? "" : fmt::format(" ({})", place.where));
  }
  return out;
}

void call_library(const std::string& file, const std::string& name) {
  LibraryNames& names = library_names();
  const std::lock_guard lock(names.mutex);
  names.by_file[file] = name;
}

void note_thrown(const void* exception) {
  const Stack stack = Stack::here(2);
  LastThrown& last = last_thrown();
  const std::lock_guard lock(last.mutex);
  last.all[last.next++ % last.all.size()] = {exception, stack};
}

Stack thrown_at(const void* exception) {
  LastThrown& last = last_thrown();
  const std::lock_guard lock(last.mutex);
  for (size_t i = 1; i <= std::min(last.next, last.all.size()); ++i) {
    const Thrown& one = last.all[(last.next - i) % last.all.size()];
    if (one.exception == exception) return one.stack;
  }
  return {};
}

}  // namespace sslx::machine
