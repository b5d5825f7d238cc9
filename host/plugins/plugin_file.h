// A file that may be a plugin, read once: place, rights, digest and descriptor from the same bytes.
#pragma once

#include <string>
#include <variant>

#include "host/plugins/registry.h"

namespace sslx {

/// What the file is: a plugin that fits, or the reason why it is none. Throws nothing but what
/// memory does.
std::variant<PluginFile, RefusedPlugin> inspect_plugin(const std::filesystem::path& file);

/// The file's bytes; throws Error(kPlugin), "<prefix>reason", when it is missing, no regular file,
/// unreadable or too large.
std::string read_library(const std::filesystem::path& file, const std::string& prefix = "");

}  // namespace sslx
