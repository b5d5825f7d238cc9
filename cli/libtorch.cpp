#include "cli/libtorch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "cli/sweep_place.h"
#include "host/plugins/linkage.h"
#include "host/plugins/registry.h"
#include "host/sweep/process.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "libtorch_cpu.so";
constexpr const char* kSearchPath = "LD_LIBRARY_PATH";

/// "2.11.0+cpu" to "2.11".
std::string major_minor(const std::string& version) {
  const size_t first = version.find('.');
  return first == std::string::npos ? version : version.substr(0, version.find('.', first + 1));
}

/// What follows `key` on the first of its lines, without quotes; empty when there is none.
std::string value_in(const fs::path& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    std::string value = line.substr(key.size());
    std::erase_if(value, [](char c) { return c == '\'' || c == '"' || c == ' '; });
    return value;
  }
  return "";
}

/// As the package says, which tells a build for CUDA from one for the CPU, else as its headers do.
std::string version_of(const fs::path& torch) {
  std::string version = value_in(torch / "version.py", "__version__ = ");
  if (!version.empty()) return version;
  const fs::path header = torch / "include/torch/headeronly/version.h";
  std::vector<std::string> numbers;
  for (const char* part : {"MAJOR", "MINOR", "PATCH"}) {
    numbers.push_back(value_in(header, fmt::format("#define TORCH_VERSION_{} ", part)));
    if (numbers.back().empty()) return "";
  }
  return fmt::format("{}", fmt::join(numbers, "."));
}

std::optional<LibTorch> libtorch_in(const fs::path& folder) {
  std::error_code error;
  if (folder.empty() || !fs::is_regular_file(folder / "lib" / kLibrary, error)) return std::nullopt;
  const fs::path torch = fs::weakly_canonical(folder, error);
  return LibTorch{torch, version_of(torch)};
}

bool fits(const LibTorch& libtorch) {
  return libtorch.version.empty() ||
         major_minor(libtorch.version) == major_minor(SSLX_TORCH_VERSION);
}

std::string remedy() {
  const std::string wanted = major_minor(SSLX_TORCH_VERSION);
  const int minor = std::stoi(wanted.substr(wanted.find('.') + 1));
  return fmt::format("pip install 'torch>={},<{}.{}'", wanted, wanted.substr(0, wanted.find('.')),
                     minor + 1);
}

LibTorch checked(const LibTorch& libtorch) {
  if (fits(libtorch)) return libtorch;
  throw Error(
      ErrorKind::kSystem,
      fmt::format("this sslx runs on LibTorch {}, and the one in {} is {}",
                  major_minor(SSLX_TORCH_VERSION), libtorch.folder.string(), libtorch.version),
      remedy());
}

/// The Python of the environment that this sslx is installed in, then the active one.
std::vector<std::string> pythons() {
  std::vector<std::string> out;
  const fs::path packages = installation_prefix().parent_path();
  const fs::path own = packages.parent_path().parent_path().parent_path() / "bin/python3";
  std::error_code error;
  if (packages.filename() == "site-packages" && fs::exists(own, error)) out.push_back(own.string());
  out.emplace_back("python3");
  return out;
}

/// Where ./sslx looks for a LibTorch that is there.
std::vector<fs::path> other_places() {
  std::vector<fs::path> out;
  for (const char* name : {"LIBTORCH_ROOT", "CMAKE_PREFIX_PATH"}) {
    const char* given = std::getenv(name);
    std::istringstream entries(given == nullptr ? "" : given);
    for (std::string entry; std::getline(entries, entry, ':');) {
      for (const char* below : {"", "torch", "../.."}) out.push_back(fs::path(entry) / below);
    }
  }
  return out;
}

std::optional<LibTorch> find_elsewhere() {
  std::optional<LibTorch> other;
  for (const fs::path& place : other_places()) {
    const auto found = libtorch_in(place);
    if (found && fits(*found)) return found;
    if (!other) other = found;
  }
  for (const std::string& python : pythons()) {
    const auto found = libtorch_in(sweep::output_of(
        {python, "-c",
         "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"}));
    if (found && fits(*found)) return found;
    if (!other) other = found;
  }
  return other;
}

/// Whether the libraries of someone else's LibTorch come before those of the run path.
bool is_hidden() {
  const char* given = std::getenv(kSearchPath);
  std::istringstream entries(given == nullptr ? "" : given);
  for (std::string entry; std::getline(entries, entry, ':');) {
    std::error_code error;
    if (fs::exists(fs::path(entry) / kLibrary, error)) return true;
  }
  return false;
}

/// Leads what this process starts to the LibTorch that the program needs.
fs::path ready(fs::path program) {
  const auto libtorch = find_libtorch(program);
  if (!libtorch || (libtorch->is_led_to && !is_hidden())) return program;
  const char* given = std::getenv(kSearchPath);
  const std::string after = given == nullptr || *given == '\0' ? "" : fmt::format(":{}", given);
  setenv(kSearchPath, ((libtorch->folder / "lib").string() + after).c_str(), 1);
  return program;
}

}  // namespace

std::optional<LibTorch> find_libtorch(const fs::path& host) {
  const Linkage linkage = read_linkage(host);
  if (std::ranges::count(linkage.needed, kLibrary) == 0) return std::nullopt;
  for (const fs::path& folder : linkage.run_path) {
    if (auto found = libtorch_in(folder.parent_path())) {
      found->is_led_to = true;
      return checked(*found);
    }
  }
  if (const auto found = find_elsewhere()) return checked(*found);
  throw Error(ErrorKind::kSystem,
              fmt::format("there is no LibTorch {}, neither beside sslx nor in LIBTORCH_ROOT, "
                          "CMAKE_PREFIX_PATH or the Python here",
                          major_minor(SSLX_TORCH_VERSION)),
              remedy() + ", or set LIBTORCH_ROOT to the folder of one");
}

fs::path ready_host() { return ready(find_host()); }

fs::path ready_tools() { return ready(find_tools()); }

std::string described(const LibTorch& libtorch) {
  return fmt::format("LibTorch {} in {}",
                     libtorch.version.empty() ? "of an unknown version" : libtorch.version,
                     libtorch.folder.string());
}

std::string version_text() {
  const std::string own = "sslx " SSLX_VERSION;
  try {
    const auto libtorch = find_libtorch(find_host());
    return libtorch ? fmt::format("{}\n{}", own, described(*libtorch)) : own;
  } catch (const Error& error) {
    return fmt::format("{}\n{}", own, error.what());
  }
}

fs::path cmake_folder() {
  fs::path folder = installation_prefix() / SSLX_LIBDIR / "cmake/sslx";
  if (fs::is_regular_file(folder / "sslxConfig.cmake")) return folder;
  throw Error(ErrorKind::kSystem,
              fmt::format("there is no sslxConfig.cmake in {}", folder.string()),
              "install sslx again");
}

}  // namespace sslx::cli
