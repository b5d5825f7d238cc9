// Paths as text. A path may be any bytes; JSON, which requests and journals are written in, is
// UTF-8. So what is no UTF-8 is written as \xHH, and a backslash before an x as \x5c: every path
// comes back, and one that is UTF-8 and has no "\x" in it is its own text. The same is done to
// names of classes, and to what is given on a command line. A sweep file may name a path so:
// 'caf\xe9'.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sslx::data {

/// The bytes as UTF-8.
std::string as_text(std::string_view bytes);
/// What as_text() made the text of.
std::string bytes_of(std::string_view text);

inline std::string path_text(const std::filesystem::path& path) { return as_text(path.native()); }
inline std::filesystem::path text_path(std::string_view text) { return bytes_of(text); }

}  // namespace sslx::data
