// The edge around a plugin's call: whatever it throws leaves as one sentence that names the plugin
// and its stage, and keeps the stack of where it was thrown first.
// No torch here: sslx-host's main says its last words with it.
#pragma once

#include <sslx/error.h>

#include <cstdint>
#include <string>

#include "host/machine/beacon.h"
#include "host/machine/stack.h"

namespace sslx::data {

/// What left a plugin's call.
class Failure : public Error {
 public:
  Failure(const Error& error, const machine::Stack& stack) : Error(error), stack_(stack) {}
  /// Of what was thrown first; empty where nobody noted it.
  const machine::Stack& stack() const { return stack_; }

 private:
  machine::Stack stack_;
};

/// The message of the exception in flight, in one line and without a stack trace.
std::string current_message();

/// Its stack, likewise.
machine::Stack current_stack();

/// Throws the exception in flight as a Failure "<what>: <message>": an sslx::Error keeps its kind
/// and its hint, anything else is of kind kRun. What is wrong with the data is nobody's fault here
/// and passes as it is.
[[noreturn]] void throw_naming(const std::string& what);

/// Calls `function`, what it throws goes through throw_naming().
template <typename Function>
auto guarded(const std::string& what, Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (...) {
    throw_naming(what);
  }
}

/// "method 'x' in loss at step 3"; without the step where it is -1.
std::string stage_text(const std::string& who, const char* stage, int64_t step = -1);

/// The same as a stage of `who`, which is seen from outside while it lasts (machine/beacon.h). For
/// the main thread alone.
template <typename Function>
auto at_work(const std::string& who, const char* stage, int64_t step, Function&& function)
    -> decltype(function()) {
  const machine::AtWork seen(who, stage);
  try {
    return function();
  } catch (...) {
    throw_naming(stage_text(who, stage, step));
  }
}

}  // namespace sslx::data
