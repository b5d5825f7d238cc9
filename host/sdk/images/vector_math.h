// Functions of one number that vectorise, since the C library's do not. Valid for positive, normal
// numbers; relative errors about 1e-6.
#pragma once

#include <sslx/detail/multiversion.h>

#include <bit>
#include <cstdint>

namespace sslx::image_ops {

/// x = m 2^e with m in [sqrt(.5), sqrt(2)); log m = 2 atanh((m - 1) / (m + 1)).
SSLX_INLINE float natural_log(float x) {
  const int32_t bits = std::bit_cast<int32_t>(x) - 0x3F3504F3;
  const auto exponent = static_cast<float>(bits >> 23);
  const float m = std::bit_cast<float>((bits & 0x007FFFFF) + 0x3F3504F3);
  const float s = (m - 1.0F) / (m + 1.0F);
  const float q = s * s;
  const float series = 1.0F + q * (1.0F / 3 + q * (1.0F / 5 + q * (1.0F / 7 + q * (1.0F / 9))));
  return exponent * 0.693147181F + 2.0F * s * series;
}

/// e^x for |x| < 80: 2^n times the series of the rest, which is at most ln(2) / 2.
SSLX_INLINE float natural_exp(float x) {
  const float turns = x * 1.44269504F;
  const auto n = static_cast<int32_t>(turns + (turns < 0 ? -0.5F : 0.5F));
  const float r =
      (x - static_cast<float>(n) * 0.693359375F) + static_cast<float>(n) * 2.12194440e-4F;
  const float series =
      1.0F +
      r * (1.0F +
           r * (1.0F / 2 + r * (1.0F / 6 + r * (1.0F / 24 + r * (1.0F / 120 + r * (1.0F / 720))))));
  return series * std::bit_cast<float>((n + 127) << 23);
}

SSLX_INLINE float power(float x, float exponent) { return natural_exp(exponent * natural_log(x)); }

}  // namespace sslx::image_ops
