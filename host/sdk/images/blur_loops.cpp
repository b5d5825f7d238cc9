// Gaussian blur: two passes of a symmetric kernel over rows.
#include <algorithm>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {
namespace {

/// out[i] += weight * (in[i - away] + in[i + away])
SSLX_INLINE void add_pair(float* __restrict out, const float* __restrict in, int64_t away,
                          float weight, int64_t size) {
  for (int64_t i = 0; i < size; ++i) out[i] += weight * (in[i - away] + in[i + away]);
}

constexpr int64_t kLanes = sizeof(EightFloats) / sizeof(float);
constexpr int kMostPairs = 11;  // Those of 23 taps, added in one sweep over a row.

/// out[i] = weights[0] * in[i] + sum over the pairs of weights[k] * (in[i - k * step] + in[i + k *
/// step]), for eight values in each of kRows rows. The rows lie `step` apart, too; what several of
/// them need is read once.
template <int kPairs, int kRows>
SSLX_INLINE void sum_lanes(float* out, const float* in, int64_t step, const float* weights) {
  EightFloats read[2 * kPairs + kRows];
#pragma GCC unroll 32
  for (int64_t row = 0; row < 2 * kPairs + kRows; ++row) {
    read[row] = *reinterpret_cast<const EightFloats*>(in + (row - kPairs) * step);
  }
#pragma GCC unroll 4
  for (int64_t row = 0; row < kRows; ++row) {
    const EightFloats* middle = read + kPairs + row;
    EightFloats sum = weights[0] * middle[0];
#pragma GCC unroll 16
    for (int64_t k = 1; k <= kPairs; ++k) sum += weights[k] * (middle[-k] + middle[k]);
    *reinterpret_cast<EightFloats*>(out + row * step) = sum;
  }
}

/// Rows of at least eight values; the last eight may overlap those before them.
template <int kPairs, int kRows>
SSLX_INLINE void blur_rows(float* __restrict out, const float* __restrict in, int64_t step,
                           const float* weights, int64_t size) {
  float own[kPairs + 1];  // So that nothing that is written can change them.
  std::copy_n(weights, kPairs + 1, own);
  const int64_t whole = size / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) sum_lanes<kPairs, kRows>(out + i, in + i, step, own);
  if (whole < size) {
    const int64_t i = size - kLanes;
    sum_lanes<kPairs, kRows>(out + i, in + i, step, own);
  }
}

template <int kPairs, int kRows>
SSLX_INLINE void sum_up_to(int64_t pairs, float* __restrict out, const float* __restrict in,
                           int64_t step, const float* weights, int64_t size) {
  if (pairs == kPairs) return blur_rows<kPairs, kRows>(out, in, step, weights, size);
  if constexpr (kPairs > 0) sum_up_to<kPairs - 1, kRows>(pairs, out, in, step, weights, size);
}

/// The same for one row of any size.
SSLX_INLINE void blur_few(float* __restrict out, const float* __restrict in, int64_t step,
                          const float* weights, int64_t taps, int64_t size) {
  for (int64_t i = 0; i < size; ++i) out[i] = weights[0] * in[i];
  for (int64_t tap = 1; tap < taps; ++tap) add_pair(out, in, tap * step, weights[tap], size);
}

/// kRows rows: `in` is the first one's middle tap, the others lie `step` apart before and after it.
template <int kRows>
SSLX_INLINE void blur_rows(float* __restrict out, const float* __restrict in, int64_t step,
                           const float* weights, int64_t taps, int64_t size) {
  const int64_t together = std::min<int64_t>(taps - 1, kMostPairs);
  sum_up_to<kMostPairs, kRows>(together, out, in, step, weights, size);
  for (int64_t tap = together + 1; tap < taps; ++tap) {
    for (int64_t row = 0; row < kRows; ++row) {
      add_pair(out + row * step, in + row * step, tap * step, weights[tap], size);
    }
  }
}

/// Index `i` of a row of `size` reflected without repeating the edge.
int64_t reflected(int64_t i, int64_t size) {
  if (i < 0) return -i;
  return i < size ? i : 2 * (size - 1) - i;
}

/// Rows that are blurred one after the other: of the padded ones the first is not read before it
/// has left the store buffer.
constexpr int64_t kTogether = 4;

SSLX_INLINE void pad_row(float* __restrict out, const float* __restrict in, int64_t width,
                         int64_t reach) {
  std::copy_n(in, width, out + reach);
  for (int64_t i = 1; i <= reach; ++i) {
    out[reach - i] = in[i];
    out[reach + width - 1 + i] = in[width - 1 - i];
  }
}

}  // namespace

size_t blur_scratch(int64_t height, int64_t width, int64_t taps) {
  return static_cast<size_t>((height + 2 * taps) * width + kTogether * (width + 2 * taps));
}

SSLX_MULTIVERSION void blur_plane(float* plane, int64_t height, int64_t width, const float* weights,
                                  int64_t taps, float* scratch) {
  const int64_t reach = taps - 1;
  float* const lines = scratch + reach * width;  // From the first row on; reflected ones before it.
  float* const padded = lines + (height + reach) * width;
  const int64_t stride = width + 2 * reach;
  const bool few = width < kLanes || height < kTogether;
  for (int64_t top = 0; top < height; top += kTogether) {
    const int64_t rows = std::min(kTogether, height - top);
    for (int64_t row = 0; row < rows; ++row) {
      pad_row(padded + row * stride, plane + (top + row) * width, width, reach);
    }
    for (int64_t row = 0; row < rows; ++row) {
      float* out = lines + (top + row) * width;
      const float* in = padded + row * stride + reach;
      few ? blur_few(out, in, 1, weights, taps, width)
          : blur_rows<1>(out, in, 1, weights, taps, width);
    }
  }
  for (int64_t i = 1; i <= reach; ++i) {
    std::copy_n(lines + reflected(-i, height) * width, width, lines - i * width);
    std::copy_n(lines + reflected(height - 1 + i, height) * width, width,
                lines + (height - 1 + i) * width);
  }
  if (few) return blur_few(plane, lines, width, weights, taps, height * width);
  for (int64_t y = 0; y < height; y += kTogether) {
    const int64_t at = std::min(y, height - kTogether) * width;
    blur_rows<kTogether>(plane + at, lines + at, width, weights, taps, width);
  }
}

}  // namespace sslx::image_ops
