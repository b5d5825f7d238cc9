// The edge around a plugin's call: whatever it throws leaves as one sentence that names the plugin.
// No torch here: sslx-host's main says its last words with it.
#pragma once

#include <sslx/error.h>

#include <string>

#include "host/data/data_error.h"

namespace sslx::train {

/// The message of the exception in flight, in one line and without a stack trace.
std::string current_message();

/// Calls `function`; what it throws becomes an Error "<what>: <message>": an sslx::Error keeps its
/// kind and its hint, anything else is of kind kRun. What is wrong with the data is nobody's fault
/// here and passes as it is.
template <typename Function>
auto guarded(const std::string& what, Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (const data::DataError&) {
    throw;
  } catch (const Error& error) {
    throw Error(error.kind(), what + ": " + error.what(), error.hint());
  } catch (...) {
    throw Error(ErrorKind::kRun, what + ": " + current_message());
  }
}

}  // namespace sslx::train
