// A resize for machines whose registers hold 16 floats and can be permuted two at a time (AVX-512):
// a strip of rows is summed from the box's rows, then 16 or 8 neighbouring outputs are summed from
// the 32 inputs that they need, picked out of two registers. Nothing is turned.
#include <algorithm>

#include "host/sdk/images/resize_sums.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SSLX_AVX512 __attribute__((target("arch=x86-64-v4")))
#include <immintrin.h>
#endif

namespace sslx::image_ops {
namespace {

#ifdef SSLX_AVX512

constexpr int kLanes = TapGroups::kLanes;
constexpr int kMostTaps = 6;  ///< Whose places and weights stay in registers.

using Floats = float __attribute__((vector_size(sizeof(float) * kLanes), aligned(4), may_alias));
using Places =
    int32_t __attribute__((vector_size(sizeof(int32_t) * kLanes), aligned(4), may_alias));
using Half = float __attribute__((vector_size(sizeof(float) * kLanes / 2), aligned(4), may_alias));

SSLX_AVX512 SSLX_INLINE Floats lanes_at(const float* in) {
  return *reinterpret_cast<const Floats*>(in);
}
SSLX_AVX512 SSLX_INLINE Floats lanes_at(const uint8_t* in) {
  constexpr __mmask16 kAll = 0xFFFF;
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
  return _mm512_maskz_cvtepi32_ps(kAll, _mm512_maskz_cvtepu8_epi32(kAll, bytes));
}

/// out[i] = sum over k of weights[k] * in[k * stride + i], for i in 0 .. width-1. A compiler left
/// to itself widens 64 bytes at once, from one half of a register to the other, and ends with up to
/// 63 single ones.
template <int kCount, typename T>
SSLX_AVX512 SSLX_INLINE void sum_lanes(float* out, const T* in, ptrdiff_t stride,
                                       const float* weights, int count, int width) {
  for (int i = 0; i < width; i += kLanes) {
    const int at = std::min(i, width - kLanes);
    Floats sum = weights[0] * lanes_at(in + at);
    for (int k = 1; k < (kCount > 0 ? kCount : count); ++k) {
      sum += weights[k] * lanes_at(in + k * stride + at);
    }
    *reinterpret_cast<Floats*>(out + at) = sum;
  }
}

template <typename T>
SSLX_AVX512 SSLX_INLINE void sum_row(float* out, const T* in, ptrdiff_t stride,
                                     const float* weights, int count, int width) {
  if (width < kLanes) return sum_rows(out, in, stride, weights, count, width);
  switch (count) {
    case 1:
      return sum_lanes<1>(out, in, stride, weights, count, width);
    case 2:
      return sum_lanes<2>(out, in, stride, weights, count, width);
    case 3:
      return sum_lanes<3>(out, in, stride, weights, count, width);
    case 4:
      return sum_lanes<4>(out, in, stride, weights, count, width);
    default:
      return sum_lanes<0>(out, in, stride, weights, count, width);
  }
}

/// The outputs of one group in every row of a strip.
template <int kTaps>
SSLX_INLINE void sum_group(float* out, ptrdiff_t out_stride, const float* in, ptrdiff_t in_stride,
                           int rows, const int32_t* place, const float* weight, bool whole) {
  Places places[kTaps];
  Floats weights[kTaps];
  for (int k = 0; k < kTaps; ++k) {
    places[k] = *reinterpret_cast<const Places*>(place + k * kLanes);
    weights[k] = *reinterpret_cast<const Floats*>(weight + k * kLanes);
  }
  for (int row = 0; row < rows; ++row, in += in_stride, out += out_stride) {
    const Floats low = *reinterpret_cast<const Floats*>(in);
    const Floats high = *reinterpret_cast<const Floats*>(in + kLanes);
    Floats sum = weights[0] * __builtin_shuffle(low, high, places[0]);
    for (int k = 1; k < kTaps; ++k) sum += weights[k] * __builtin_shuffle(low, high, places[k]);
    if (whole) {
      *reinterpret_cast<Floats*>(out) = sum;
    } else {
      *reinterpret_cast<Half*>(out) = __builtin_shufflevector(sum, sum, 0, 1, 2, 3, 4, 5, 6, 7);
    }
  }
}

template <int kTaps>
SSLX_INLINE void sum_groups(float* out, ptrdiff_t out_stride, const float* in, ptrdiff_t in_stride,
                            int rows, const TapGroups& groups) {
  for (size_t g = 0; g < groups.start.size(); ++g) {
    const size_t at = g * kTaps * kLanes;
    sum_group<kTaps>(out + groups.start[g], out_stride, in + groups.base[g], in_stride, rows,
                     groups.place.data() + at, groups.weight.data() + at, groups.width == kLanes);
  }
}

template <int kTaps>
SSLX_INLINE void sum_groups_of(int taps, float* out, ptrdiff_t out_stride, const float* in,
                               ptrdiff_t in_stride, int rows, const TapGroups& groups) {
  if (taps == kTaps) return sum_groups<kTaps>(out, out_stride, in, in_stride, rows, groups);
  if constexpr (kTaps > 1) {
    sum_groups_of<kTaps - 1>(taps, out, out_stride, in, in_stride, rows, groups);
  }
}

/// Asks for the rows of the strip that begins at output row `top`: images come from main memory,
/// and the processor does not foresee the jumps from one row of a box to the next.
template <typename T>
SSLX_INLINE void fetch_strip(const ResizedPlane<T>& p, int top) {
  if (top >= p.out_height) return;
  const auto last = static_cast<size_t>(std::min(top + kStrip, p.out_height) - 1);
  const ptrdiff_t bytes = static_cast<ptrdiff_t>(p.width) * static_cast<ptrdiff_t>(sizeof(T));
  for (int y = p.rows.first[static_cast<size_t>(top)]; y < p.rows.first[last] + p.rows.count[last];
       ++y) {
    const auto* row = reinterpret_cast<const char*>(p.in + y * p.stride);
    for (ptrdiff_t at = 0; at < bytes; at += 64) __builtin_prefetch(row + at);
  }
}

template <typename T>
SSLX_AVX512 SSLX_INLINE void resize_by_groups(const ResizedPlane<T>& p) {
  const ptrdiff_t stride = p.width + TapGroups::kStretch;
  for (int top = 0; top < p.out_height; top += kStrip) {
    fetch_strip(p, top + kStrip);
    const int rows = std::min(kStrip, p.out_height - top);
    for (int r = 0; r < rows; ++r) {
      const auto y = static_cast<size_t>(top) + static_cast<size_t>(r);
      sum_row(p.scratch + r * stride, p.in + p.rows.first[y] * p.stride, p.stride,
              p.rows.weights(y), p.rows.count[y], p.width);
    }
    float* out = p.out + static_cast<ptrdiff_t>(top) * p.out_width;
    sum_groups_of<kMostTaps>(p.columns.widest, out, p.out_width, p.scratch, stride, rows, p.groups);
    clamp_strip(p, top, rows);
  }
}

SSLX_AVX512 void resize_grouped(const ResizedPlane<uint8_t>& p) { resize_by_groups(p); }
SSLX_AVX512 void resize_grouped(const ResizedPlane<float>& p) { resize_by_groups(p); }

template <typename T>
bool try_groups(const ResizedPlane<T>& p) {
  if (p.groups.width == 0 || p.columns.widest > kMostTaps || !__builtin_cpu_supports("avx512vl")) {
    return false;
  }
  resize_grouped(p);
  return true;
}

#else

template <typename T>
bool try_groups(const ResizedPlane<T>&) {
  return false;
}

#endif

}  // namespace

void resize_plane(const ResizedPlane<uint8_t>& plane) {
  if (!try_groups(plane)) resize_turned(plane);
}

void resize_plane(const ResizedPlane<float>& plane) {
  if (!try_groups(plane)) resize_turned(plane);
}

}  // namespace sslx::image_ops
