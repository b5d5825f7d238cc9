// Where `sslx sweep` finds what it is told by name and what its files name. Throws Error(kInput or
// kSystem) that names the places where it looked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sslx::cli {

/// The file itself, NAME.toml beside where one is, or sweeps/NAME.toml under the home or the
/// installation's share/sslx.
std::filesystem::path find_sweep_file(const std::string& name, const std::filesystem::path& home);

/// Where published tables are: results/published under the home, then the installation's.
std::vector<std::filesystem::path> published_folders(const std::filesystem::path& home);

/// $SSLX_HOST, else the sslx-host beside this executable.
std::filesystem::path find_host();

/// $SSLX_TOOLS, else the sslx-tools beside this executable.
std::filesystem::path find_tools();

/// Whether it is the one beside this executable, which is known to serve.
bool is_own_host(const std::filesystem::path& host);

}  // namespace sslx::cli
