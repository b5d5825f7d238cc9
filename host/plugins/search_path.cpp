#include <cstdlib>
#include <sstream>

#include "host/plugins/registry.h"

namespace sslx {
namespace {

namespace fs = std::filesystem;

/// The plugins that came with this executable.
fs::path own_plugins() {
  std::error_code error;
  const fs::path prefix = installation_prefix();
  const fs::path installed = prefix / SSLX_LIBDIR / "sslx" / "plugins";
  return fs::is_directory(installed, error) ? installed : prefix / "plugins";
}

}  // namespace

fs::path installation_prefix() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
}

std::vector<fs::path> plugin_search_path(const std::vector<fs::path>& extra) {
  std::vector<fs::path> path = extra;
  if (const char* listed = std::getenv("SSLX_PLUGIN_PATH")) {
    std::istringstream entries(listed);
    for (std::string entry; std::getline(entries, entry, ':');) {
      if (!entry.empty()) path.emplace_back(entry);
    }
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    path.push_back(fs::path(home) / ".local/share/sslx/plugins");
  }
  path.push_back(own_plugins());
  return path;
}

}  // namespace sslx
