#include "host/machine/quota.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sslx::machine {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  return out;
}

bool has_word(const std::string& list, const std::string& word) {
  return std::ranges::count(split(list, ','), word) > 0;
}

/// A place of mountinfo, which writes a space as \040.
std::string unescaped(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() &&
                       text.find_first_not_of("01234567", i + 1) >= i + 4;
    out += octal ? static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8)) : text[i];
    if (octal) i += 3;
  }
  return out;
}

/// Where a hierarchy of control groups is mounted, and which group is seen there.
struct Mount {
  bool v2 = false;
  fs::path group;
  fs::path place;
};

/// Those that may hold a quota: "31 23 0:29 GROUP PLACE rw - cgroup cgroup rw,cpu,cpuacct".
std::vector<Mount> mounts(const fs::path& root) {
  std::vector<Mount> out;
  std::ifstream in(root / "proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    const size_t bar = line.find(" - ");
    if (bar == std::string::npos) continue;
    const std::vector<std::string> head = split(line.substr(0, bar), ' ');
    const std::vector<std::string> tail = split(line.substr(bar + 3), ' ');
    if (head.size() < 5 || tail.size() < 3) continue;
    const bool v2 = tail[0] == "cgroup2";
    if (!v2 && (tail[0] != "cgroup" || !has_word(tail[2], "cpu"))) continue;
    out.push_back({v2, unescaped(head[3]), unescaped(head[4])});
  }
  return out;
}

/// The process's group of that version: "3:cpu,cpuacct:/docker/1a2b", "0::/user.slice".
std::optional<fs::path> group(const fs::path& root, bool v2) {
  std::ifstream in(root / "proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (v2 ? controllers.empty() : has_word(controllers, "cpu")) return line.substr(second + 1);
  }
  return std::nullopt;
}

/// "50000 100000", or "max 100000" for none.
std::optional<double> quota_v2(const fs::path& folder) {
  std::ifstream in(folder / "cpu.max");
  double quota = 0;
  double period = 0;
  if (in >> quota >> period && quota > 0 && period > 0) return quota / period;
  return std::nullopt;
}

/// Two files, with -1 for none.
std::optional<double> quota_v1(const fs::path& folder) {
  std::ifstream quota_file(folder / "cpu.cfs_quota_us");
  std::ifstream period_file(folder / "cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (quota_file >> quota && period_file >> period && quota > 0 && period > 0) {
    return quota / period;
  }
  return std::nullopt;
}

/// The group's folders from the mount down, as far as they can be seen: inside a container the
/// group's name may be that of the host, of which only the lower part, or nothing, is mounted.
std::vector<fs::path> folders(const fs::path& root, const Mount& mount, const fs::path& group) {
  std::vector<fs::path> out{root / mount.place.relative_path()};
  const fs::path below = group.lexically_relative(mount.group);
  if (below.empty() || *below.begin() == "..") return out;
  for (const fs::path& part : below) {
    if (part != ".") out.push_back(out.back() / part);
  }
  return out;
}

}  // namespace

std::optional<double> cpu_quota(const fs::path& root) {
  std::optional<double> least;
  for (const Mount& mount : mounts(root)) {
    const std::optional<fs::path> own = group(root, mount.v2);
    if (!own) continue;
    for (const fs::path& folder : folders(root, mount, *own)) {
      const std::optional<double> quota = mount.v2 ? quota_v2(folder) : quota_v1(folder);
      if (quota) least = std::min(least.value_or(*quota), *quota);
    }
  }
  return least;
}

}  // namespace sslx::machine
