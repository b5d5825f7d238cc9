// Which LibTorch sslx-host runs on, found without loading it and without Python where it lies where
// the host itself looks: in the environment that the wheel is installed in, or where a tree was
// built on. Else it is LIBTORCH_ROOT, CMAKE_PREFIX_PATH or the torch of the environment's Python,
// as ./sslx looks for it, and this process leads those that it starts there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sslx::cli {

struct LibTorch {
  std::filesystem::path folder;  ///< The package `torch`: lib/libtorch_cpu.so is in it.
  std::string version;           ///< "2.11.0+cpu"; empty where the folder does not tell.
  bool is_led_to = false;        ///< Whether the host's own run path leads to it.
};

/// Nothing when the host needs none. Error(kSystem) when there is none, or one of another version
/// than this sslx was built for.
std::optional<LibTorch> find_libtorch(const std::filesystem::path& host);

/// find_host(), ready to be started: its LibTorch fits, and it will find it.
std::filesystem::path ready_host();

/// find_tools(), in the same way.
std::filesystem::path ready_tools();

/// "LibTorch 2.11.0+cpu in /env/lib/python3.11/site-packages/torch"
std::string described(const LibTorch& libtorch);

/// What `sslx --version` prints.
std::string version_text();

/// The folder of sslxConfig.cmake. Error(kSystem) when it is not there.
std::filesystem::path cmake_folder();

}  // namespace sslx::cli
