// Paths as a user writes them in a sweep file or after --set, where no shell has expanded them.
#pragma once

#include <filesystem>
#include <string_view>

namespace sslx::data {

/// text_path() of the text, in which a leading "~" alone or before a "/" is the home folder.
std::filesystem::path user_path(std::string_view text);

}  // namespace sslx::data
