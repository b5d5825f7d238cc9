#include "host/machine/host_name.h"

#include <unistd.h>

#include <array>

namespace sslx::machine {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace sslx::machine
