// Stacks of calls with the functions' names, those of plugins too, which export none: of where an
// exception was thrown, where a process crashed, and where it hangs.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace sslx::machine {

/// Addresses of calls, the innermost first.
struct Stack {
  static constexpr size_t kMost = 48;
  std::array<void*, kMost> calls{};
  size_t count = 0;

  /// Of the calling thread, without so many of its innermost calls. For a signal handler, too, once
  /// a first one was taken.
  [[gnu::noinline]] static Stack here(size_t skipped = 0);
  /// A line each, "  #0 function (file:line)" or "  #0 function (in simclr.so)"; not for a signal
  /// handler.
  std::string text() const;
};

/// What a library is called in a stack, in place of its file's name: a plugin's copy is named by
/// its digest.
void call_library(const std::string& file, const std::string& name);

/// An exception was thrown: its stack is kept until some more were. From any thread; sslx-host has
/// it called for each (host/throw_hook.cpp).
[[gnu::noinline]] void note_thrown(const void* exception);

/// That of a thrown object, or an empty one.
Stack thrown_at(const void* exception);

}  // namespace sslx::machine
