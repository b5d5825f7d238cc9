// How many images a second a plugin does, alone.
#pragma once

#include <cstdint>
#include <functional>

#include "host/tools/check/lines.h"

namespace sslx::check {

/// The median of some calls of `work`, each on so many images.
Outcome images_a_second(int64_t images, int threads, const std::function<void()>& work);

}  // namespace sslx::check
