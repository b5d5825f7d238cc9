// The environment variables that a run's figures or bits may depend on: those of the threads, the
// libraries of arithmetic, the allocator, the GPU, the loader and sslx itself. Nothing else is
// recorded, since an environment also holds what is nobody's business; names that sound like a
// secret are left out even among these.
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::machine {

/// Of "NAME=value" texts that end with a null pointer; {"OMP_NUM_THREADS": "2"}.
nlohmann::json recorded_environment(const char* const* environment);

/// What of it chooses between ways of computing the same thing, which differ in the last bits.
nlohmann::json bits_environment(const nlohmann::json& recorded);

}  // namespace sslx::machine
