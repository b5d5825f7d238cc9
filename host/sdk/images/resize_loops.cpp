// An antialiased resize as two sums over rows. A strip of 16 output rows at a time is summed from
// the box's rows, turned, summed again along what were columns, and turned back: both sums run
// along contiguous memory, no gather is needed, and a strip stays in the first cache. This is the
// way that every machine has; see resize_groups.cpp for a faster one.
#include <algorithm>

#include "host/sdk/images/resize_sums.h"

namespace sslx::image_ops {
namespace {

constexpr int kSide =
    sizeof(EightFloats) / sizeof(float);  ///< Of the blocks that are transposed in registers.
/// Columns after the last that are read with a weight of 0, or not used.
constexpr int kSpare = TapGroups::kStretch;

int padded(int columns) { return (columns + kSide - 1) / kSide * kSide; }

/// Eight rows of eight, `in_stride` apart, become eight columns, `out_stride` apart.
SSLX_INLINE void transpose_block(float* out, ptrdiff_t out_stride, const float* in,
                                 ptrdiff_t in_stride) {
  EightFloats r[kSide];
  for (int i = 0; i < kSide; ++i) r[i] = *reinterpret_cast<const EightFloats*>(in + i * in_stride);
  EightFloats a[kSide];
  for (int i = 0; i < kSide; i += 2) {
    a[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  EightFloats b[kSide];
  for (int i = 0; i < kSide; i += 4) {
    for (int j = 0; j < 2; ++j) {
      b[i + j] = __builtin_shufflevector(a[i + j], a[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[i + j + 2] = __builtin_shufflevector(a[i + j], a[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    *reinterpret_cast<EightFloats*>(out + i * out_stride) =
        __builtin_shufflevector(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<EightFloats*>(out + (i + 4) * out_stride) =
        __builtin_shufflevector(b[i], b[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

/// out[column][row] = in[row][column] for kStrip rows of `columns`, a multiple of kSide.
SSLX_INLINE void turn_strip(float* out, const float* in, int columns) {
  for (int column = 0; column < columns; column += kSide) {
    for (int row = 0; row < kStrip; row += kSide) {
      transpose_block(out + column * kStrip + row, kStrip, in + row * columns + column, columns);
    }
  }
}

/// Back: `count` rows of `columns` from [column][kStrip].
SSLX_INLINE void turn_back(float* out, const float* in, int columns, int count) {
  for (int column = 0; column < columns; column += kSide) {
    for (int row = 0; row < count; row += kSide) {
      const float* from = in + column * kStrip + row;
      float* to = out + static_cast<ptrdiff_t>(row) * columns + column;
      const int wide = std::min(kSide, columns - column);
      const int high = std::min(kSide, count - row);
      if (wide == kSide && high == kSide) {
        transpose_block(to, columns, from, kStrip);
        continue;
      }
      for (int r = 0; r < high; ++r) {
        for (int c = 0; c < wide; ++c) to[r * columns + c] = from[c * kStrip + r];
      }
    }
  }
}

/// Each output of one axis for a strip: kStrip neighbouring values from `taps.widest` columns.
template <int kCount>
SSLX_INLINE void sum_columns(float* __restrict out, const float* __restrict in, const Taps& taps,
                             int outputs) {
  for (int x = 0; x < outputs; ++x) {
    const float* from = in + static_cast<ptrdiff_t>(taps.first[static_cast<size_t>(x)]) * kStrip;
    sum_some<kCount, false>(out + static_cast<ptrdiff_t>(x) * kStrip, from, kStrip,
                            taps.weights(static_cast<size_t>(x)), kStrip);
  }
}

SSLX_INLINE void sum_all_columns(float* __restrict out, const float* __restrict in,
                                 const Taps& taps, int outputs) {
  switch (taps.widest) {
    case 1:
    case 2:
      return sum_columns<2>(out, in, taps, outputs);
    case 3:
      return sum_columns<3>(out, in, taps, outputs);
    case 4:
      return sum_columns<4>(out, in, taps, outputs);
    case 5:
    case 6:
      return sum_columns<6>(out, in, taps, outputs);
    default:
      break;
  }
  for (int x = 0; x < outputs; ++x) {
    const auto i = static_cast<size_t>(x);
    sum_rows(out + static_cast<ptrdiff_t>(x) * kStrip,
             in + static_cast<ptrdiff_t>(taps.first[i]) * kStrip, kStrip, taps.weights(i),
             taps.count[i], kStrip);
  }
}

/// The first sum of the strip that begins at output row `top`: its rows, `stride` apart, each of
/// the box's width. Returns how many there are.
template <typename T>
SSLX_INLINE int sum_strip(float* out, ptrdiff_t stride, const ResizedPlane<T>& p, int top) {
  const int rows = std::min(kStrip, p.out_height - top);
  for (int r = 0; r < rows; ++r) {
    const auto y = static_cast<size_t>(top) + static_cast<size_t>(r);
    sum_rows(out + r * stride, p.in + p.rows.first[y] * p.stride, p.stride, p.rows.weights(y),
             p.rows.count[y], p.width);
  }
  return rows;
}

template <typename T>
SSLX_INLINE void resize_by_turning(const ResizedPlane<T>& p) {
  const int wide = padded(p.width);
  float* const a = p.scratch;
  float* const b =
      p.scratch + static_cast<ptrdiff_t>(kStrip) * std::max(wide + kSpare, padded(p.out_width));
  for (int top = 0; top < p.out_height; top += kStrip) {
    const int rows = sum_strip(a, wide, p, top);
    turn_strip(b, a, wide);
    sum_all_columns(a, b, p.columns, p.out_width);
    turn_back(p.out + static_cast<ptrdiff_t>(top) * p.out_width, a, p.out_width, rows);
    clamp_strip(p, top, rows);
  }
}

}  // namespace

size_t resize_scratch(int64_t width, int64_t out_width) {
  const int widest = padded(static_cast<int>(std::max(width, out_width)));
  return static_cast<size_t>(2 * kStrip) * static_cast<size_t>(widest + kSpare);
}

SSLX_MULTIVERSION void resize_turned(const ResizedPlane<uint8_t>& p) { resize_by_turning(p); }
SSLX_MULTIVERSION void resize_turned(const ResizedPlane<float>& p) { resize_by_turning(p); }

}  // namespace sslx::image_ops
