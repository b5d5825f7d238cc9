// The name of a file that a verb writes: its ending says to every other program what is in it.
#pragma once

#include <filesystem>
#include <string>

namespace sslx::cli {

/// Throws Error(kInput) unless the name ends so, in whatever case; an empty one names no output.
/// `given`: the option or argument; `what`: what is written, as "a PNG picture".
void check_ending(const std::string& given, const std::filesystem::path& file,
                  const std::string& ending, const std::string& what);

}  // namespace sslx::cli
