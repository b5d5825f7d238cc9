#include "cli/sweep_place.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <cstdlib>
#include <vector>

#include "host/plugins/registry.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

/// The files that came with this executable.
fs::path own_files() { return installation_prefix() / "share/sslx"; }

fs::path own_program(const char* name) { return installation_prefix() / "bin" / name; }

/// The one that the environment names, else the one that came with this executable.
fs::path find_program(const char* variable, const char* name) {
  const char* given = std::getenv(variable);
  const fs::path program = given != nullptr && *given != '\0' ? given : own_program(name);
  if (fs::is_regular_file(program)) return fs::absolute(program);
  throw Error(ErrorKind::kSystem,
              fmt::format("{} is not there; it is installed and built together with sslx",
                          program.string()));
}

std::vector<std::string> sweeps_in(const std::vector<fs::path>& folders) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
    }
  }
  return names;
}

}  // namespace

fs::path find_sweep_file(const std::string& name, const fs::path& home) {
  for (const std::string& file : {name, name + ".toml"}) {
    if (fs::is_regular_file(file)) return file;
  }
  const bool path = name.find('/') != std::string::npos || name.ends_with(".toml");
  if (path) {
    const fs::path file(name);
    const std::string near =
        nearest_word(file.stem().string(), sweeps_in({fs::absolute(file).parent_path()}));
    throw input_error(
        fmt::format("{}: there is no such sweep file{}", name,
                    near.empty() ? "" : fmt::format("; the nearest beside it is '{}.toml'", near)));
  }
  const std::vector<fs::path> folders{home / "sweeps", own_files() / "sweeps"};
  for (const fs::path& folder : folders) {
    const fs::path file = folder / (name + ".toml");
    if (fs::is_regular_file(file)) return file;
  }
  const std::string near = nearest_word(name, sweeps_in({".", folders[0], folders[1]}));
  throw input_error(fmt::format("there is no sweep '{}' here, in {} or {}{}", name,
                                folders[0].string(), folders[1].string(),
                                near.empty() ? "" : fmt::format("; the nearest is '{}'", near)));
}

std::vector<fs::path> published_folders(const fs::path& home) {
  return {home / "results" / "published", own_files() / "published"};
}

fs::path find_host() { return find_program("SSLX_HOST", "sslx-host"); }

fs::path find_tools() { return find_program("SSLX_TOOLS", "sslx-tools"); }

bool is_own_host(const fs::path& host) { return host == fs::absolute(own_program("sslx-host")); }

}  // namespace sslx::cli
