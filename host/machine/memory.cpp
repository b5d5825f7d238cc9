#include "host/machine/memory.h"

#include <fstream>
#include <string>

namespace sslx::machine {

std::optional<int64_t> memory_bytes(const std::filesystem::path& root) {
  std::ifstream in(root / "proc/meminfo");
  std::string name;
  int64_t kibibytes = 0;
  const bool said = in >> name >> kibibytes && name == "MemTotal:";
  return said ? std::optional(kibibytes * 1024) : std::nullopt;
}

}  // namespace sslx::machine
