// The parts of `sslx plugins`: what is printed, and the project that `new` writes. None of it loads
// a plugin.
#pragma once

#include <filesystem>
#include <string>

#include "host/plugins/registry.h"

namespace sslx::cli {

/// The list of `sslx plugins`: a block for each kind and folder, then what is refused and why.
std::string plugin_list(const PluginRegistry& registry);

/// The page of `sslx plugins show`: where it comes from, and its parameters.
std::string plugin_page(const PluginFile& plugin);

/// Where the templates lie, in the build tree or installed prefix of this executable.
std::filesystem::path templates_folder();

/// Sentences for who calls a new plugin as others are called; "" when nobody is.
std::string taken_name(const PluginRegistry& registry, const std::string& kind,
                       const std::string& name);

/// Writes the out-of-tree project PARENT/NAME from the templates and returns its folder. Throws
/// Error(kInput) for a name that is none or a folder that is there already.
std::filesystem::path write_project(const std::string& kind, const std::string& name,
                                    const std::filesystem::path& parent);

}  // namespace sslx::cli
