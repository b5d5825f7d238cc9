// What numbers an option takes, told in words: CLI11's own checks print the largest double, 309
// digits, as the end of a range that has none.
#pragma once

#include <CLI/CLI.hpp>

namespace sslx::cli {

/// A finite number from 0.
CLI::Validator at_least_zero();
/// A finite number above 0.
CLI::Validator above_zero();

}  // namespace sslx::cli
