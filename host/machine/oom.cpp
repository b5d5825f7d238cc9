#include "host/machine/oom.h"

#include <fstream>
#include <string>

namespace sslx::machine {

int64_t out_of_memory_kills(const std::filesystem::path& root) {
  std::ifstream in(root / "proc/vmstat");
  std::string name;
  int64_t value = 0;
  while (in >> name >> value) {
    if (name == "oom_kill") return value;
  }
  return 0;
}

}  // namespace sslx::machine
