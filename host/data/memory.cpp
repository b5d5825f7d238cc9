#include "host/data/memory.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "host/data/data_error.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;

/// The number in the file, or `otherwise` where there is none ("max").
double number_in(const fs::path& file, double otherwise) {
  std::ifstream in(file);
  double out = 0;
  return in >> out ? out : otherwise;
}

/// A group's limit holds for those inside it, too.
double least_upwards(const fs::path& root, const fs::path& group, const char* name, double most) {
  for (fs::path inside = group.relative_path();; inside = inside.parent_path()) {
    most = std::min(most, number_in(root / inside / name, most));
    if (inside.empty()) return most;
  }
}

/// Lines of /proc/self/cgroup are "0::/group" (version 2) and "4:memory:/group" (version 1).
double limit_of_groups(double most) {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) most = least_upwards("/sys/fs/cgroup", group, "memory.max", most);
    if (controllers == "memory") {
      most = least_upwards("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes", most);
    }
  }
  return most;
}

}  // namespace

std::string bytes_text(double bytes) {
  if (bytes < 1e8) return fmt::format("{:.1f} MB", bytes / 1e6);
  return bytes < 1e12 ? fmt::format("{:.1f} GB", bytes / 1e9)
                      : fmt::format("{:.1f} TB", bytes / 1e12);
}

double usable_memory() {
  double out =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  for (const auto kind : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    const bool limited = ::getrlimit(kind, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    if (limited) out = std::min(out, static_cast<double>(limit.rlim_cur));
  }
  return limit_of_groups(out);
}

void check_memory(double bytes, const std::string& what, const std::string& hint) {
  const double most = usable_memory();
  if (bytes <= most) return;
  throw DataError(fmt::format("{} take {} in memory, and a process here has {}", what,
                              bytes_text(bytes), bytes_text(most)),
                  hint);
}

}  // namespace sslx::data
