// What the machine calls itself.
#pragma once

#include <string>

namespace sslx::machine {

/// "" where it does not say.
std::string host_name();

}  // namespace sslx::machine
