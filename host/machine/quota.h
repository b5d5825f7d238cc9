// How many cores' time the control groups of this process grant: docker --cpus, systemd's CPUQuota,
// a Kubernetes limit. Both versions of control groups are read, in the process's own group and all
// above it. What cannot be read bounds nothing.
#pragma once

#include <filesystem>
#include <optional>

namespace sslx::machine {

/// The least quota in cores, 0.5 for half of one; none when there is none. `root` is where the file
/// system is that has proc/self and the control groups.
std::optional<double> cpu_quota(const std::filesystem::path& root = "/");

}  // namespace sslx::machine
