// How often the kernel has ended processes for want of memory since it booted, as its counters say;
// 0 where they cannot be read. A process that was killed while the count rose was likely one.
#pragma once

#include <cstdint>
#include <filesystem>

namespace sslx::machine {

/// `root` is where the file system is that has proc/vmstat.
int64_t out_of_memory_kills(const std::filesystem::path& root = "/");

}  // namespace sslx::machine
