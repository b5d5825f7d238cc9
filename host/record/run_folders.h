// The folders of runs/ that hold a run, in the order of their names, which is that in which they
// began. A folder that cannot be read has none.
#pragma once

#include <filesystem>
#include <vector>

namespace sslx::record {

std::vector<std::filesystem::path> run_folders(const std::filesystem::path& runs);

}  // namespace sslx::record
