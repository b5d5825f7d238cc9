// Weighted sums of rows: the half of a resize that needs nothing but contiguous memory.
#pragma once

#include <algorithm>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {

/// out[i] (+)= sum over k of weights[k] * in[k * stride + i], for i in 0 .. width-1.
template <int kCount, bool kAdd, typename T>
SSLX_INLINE void sum_some(float* __restrict out, const T* __restrict in, ptrdiff_t stride,
                          const float* __restrict weights, int width) {
  for (int i = 0; i < width; ++i) {
    float sum = kAdd ? out[i] : 0.0F;
    for (int k = 0; k < kCount; ++k) sum += weights[k] * static_cast<float>(in[k * stride + i]);
    out[i] = sum;
  }
}

template <bool kAdd, typename T>
SSLX_INLINE void sum_few(float* __restrict out, const T* __restrict in, ptrdiff_t stride,
                         const float* __restrict weights, int count, int width) {
  switch (count) {
    case 1:
      return sum_some<1, kAdd>(out, in, stride, weights, width);
    case 2:
      return sum_some<2, kAdd>(out, in, stride, weights, width);
    case 3:
      return sum_some<3, kAdd>(out, in, stride, weights, width);
    default:
      return sum_some<4, kAdd>(out, in, stride, weights, width);
  }
}

template <typename T>
SSLX_INLINE void sum_rows(float* __restrict out, const T* __restrict in, ptrdiff_t stride,
                          const float* __restrict weights, int count, int width) {
  sum_few<false>(out, in, stride, weights, std::min(count, 4), width);
  for (int k = 4; k < count; k += 4) {
    sum_few<true>(out, in + k * stride, stride, weights + k, std::min(count - k, 4), width);
  }
}

constexpr int kStrip = 16;  ///< Output rows made together.

/// Bicubic sums may leave 0..1.
template <typename T>
SSLX_INLINE void clamp_strip(const ResizedPlane<T>& p, int top, int rows) {
  float* out = p.out + static_cast<ptrdiff_t>(top) * p.out_width;
  for (int i = 0; p.clamped && i < rows * p.out_width; ++i) out[i] = unit(out[i]);
}

}  // namespace sslx::image_ops
