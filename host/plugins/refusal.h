// A plugin's file that is not taken.
#pragma once

#include <sslx/error.h>

#include <string>

namespace sslx {

/// Throws the error of kind kPlugin whose sentence is `reason`.
[[noreturn]] inline void refuse(const std::string& reason) {
  throw Error(ErrorKind::kPlugin, reason);
}

}  // namespace sslx
