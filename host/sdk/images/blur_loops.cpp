// Gaussian blur: two passes of a symmetric kernel over rows.
#include <algorithm>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {
namespace {

/// out[i] (+)= centre * in[i] + sum over the pairs of weight * (in[i - tap] + in[i + tap]), the
/// taps `step` apart.
template <int kPairs, bool kAdd>
SSLX_INLINE void sum_pairs(float* __restrict out, const float* __restrict in, int64_t first,
                           int64_t step, const float* __restrict weights, int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    float sum = kAdd ? out[i] : weights[0] * in[i];
    for (int64_t k = 0; k < kPairs; ++k) {
      const int64_t away = (first + k) * step;
      sum += weights[first + k] * (in[i - away] + in[i + away]);
    }
    out[i] = sum;
  }
}

constexpr int kMostPairs = 11;  // Those of 23 taps, added in one sweep over a row.

template <int kPairs>
SSLX_INLINE void sum_up_to(int64_t pairs, float* __restrict out, const float* __restrict in,
                           int64_t step, const float* weights, int64_t size) {
  if (pairs == kPairs) return sum_pairs<kPairs, false>(out, in, 1, step, weights, size);
  if constexpr (kPairs > 0) sum_up_to<kPairs - 1>(pairs, out, in, step, weights, size);
}

/// One row: `in` is its middle tap, the others lie `step` apart before and after it.
SSLX_INLINE void blur_row(float* __restrict out, const float* __restrict in, int64_t step,
                          const float* weights, int64_t taps, int64_t size) {
  const int64_t together = std::min<int64_t>(taps - 1, kMostPairs);
  sum_up_to<kMostPairs>(together, out, in, step, weights, size);
  for (int64_t tap = together + 1; tap < taps; ++tap) {
    sum_pairs<1, true>(out, in, tap, step, weights, size);
  }
}

/// Index `i` of a row of `size` reflected without repeating the edge.
int64_t reflected(int64_t i, int64_t size) {
  if (i < 0) return -i;
  return i < size ? i : 2 * (size - 1) - i;
}

}  // namespace

/// One channel in place. `lines` holds height + 2 * reach rows of `width`, `line` a padded row.
SSLX_MULTIVERSION void blur_plane(float* plane, int64_t height, int64_t width, const float* weights,
                                  int64_t taps, float* lines, float* line) {
  const int64_t reach = taps - 1;
  for (int64_t y = 0; y < height; ++y) {
    const float* in = plane + y * width;
    std::copy_n(in, width, line + reach);
    for (int64_t i = 1; i <= reach; ++i) {
      line[reach - i] = in[i];
      line[reach + width - 1 + i] = in[width - 1 - i];
    }
    blur_row(lines + (y + reach) * width, line + reach, 1, weights, taps, width);
  }
  for (int64_t i = 1; i <= reach; ++i) {
    const float* top = lines + (reach + reflected(-i, height)) * width;
    std::copy_n(top, width, lines + (reach - i) * width);
    const float* bottom = lines + (reach + reflected(height - 1 + i, height)) * width;
    std::copy_n(bottom, width, lines + (reach + height - 1 + i) * width);
  }
  for (int64_t y = 0; y < height; ++y) {
    blur_row(plane + y * width, lines + (y + reach) * width, width, weights, taps, width);
  }
}

}  // namespace sslx::image_ops
