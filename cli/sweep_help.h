// What `sslx help sweep` tells of a sweep file: its sections and their keys, from the list by which
// the files are checked (host/sweep/sections.h).
#pragma once

#include <string>

#include "host/sweep/sections.h"

namespace sslx::cli {

/// Its keys with type, default, range and meaning.
std::string section_page(const sweep::Section& section);

/// The section of that name and those within it, or all for "". Throws Error(kInput) with the
/// nearest when there is none.
std::string sweep_file_help(const std::string& name);

}  // namespace sslx::cli
