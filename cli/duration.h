// Times in words.
#pragma once

#include <string>

namespace sslx::cli {

/// "42 s", "3 min 5 s", "2 h 10 min"
std::string duration_text(double seconds);

}  // namespace sslx::cli
