// How a resize weighs the pixels that it reads.
#pragma once

namespace sslx {

enum class Interpolation { kBilinear, kBicubic };

}  // namespace sslx
