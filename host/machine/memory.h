// How much memory the machine has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sslx::machine {

/// Bytes of the whole machine's memory; nothing where it does not say. `root`: see quota.h.
std::optional<int64_t> memory_bytes(const std::filesystem::path& root = "/");

}  // namespace sslx::machine
