// Where trials can be asked to run.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

namespace sslx::sweep {

/// auto, cpu and cuda, and the one that SSLX_TEST_DEVICE names, for a host of tests that has it.
inline std::vector<std::string> device_names() {
  std::vector<std::string> out{"auto", "cpu", "cuda"};
  if (const char* further = std::getenv("SSLX_TEST_DEVICE")) out.emplace_back(further);
  return out;
}

}  // namespace sslx::sweep
