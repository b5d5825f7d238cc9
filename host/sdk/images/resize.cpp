// The crop's loops: an antialiased resize as two sums over rows. A strip of 16 output rows at a
// time is summed from the box's rows, turned, summed again along what were columns, and turned
// back: both sums run along contiguous memory, no gather is needed, and a strip stays in the first
// cache.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <cmath>

#include "host/sdk/images/loops.h"
#include "host/sdk/images/taps.h"

namespace sslx::image_ops {
namespace {

constexpr int kStrip = 16;  ///< Output rows made together.
constexpr int kSide = 8;    ///< Of the blocks that are transposed in registers.

int padded(int columns) { return (columns + kSide - 1) / kSide * kSide; }

/// One channel's box, and where its resized form goes.
template <typename T>
struct Plane {
  const T* in;  ///< The box's first pixel.
  ptrdiff_t stride;
  int width;  ///< The box's.
  float* out;
  int out_height;
  int out_width;
  const Taps& rows;
  const Taps& columns;
  bool clamped;
  float* scratch;  ///< 2 * kStrip * max(padded(width), padded(out_width)) floats.
};

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

using Lanes = float __attribute__((vector_size(sizeof(float) * kSide), aligned(4), may_alias));

/// Eight rows of eight, `in_stride` apart, become eight columns, `out_stride` apart.
SSLX_INLINE void transpose_block(float* out, ptrdiff_t out_stride, const float* in,
                                 ptrdiff_t in_stride) {
  Lanes r[kSide];
  for (int i = 0; i < kSide; ++i) r[i] = *reinterpret_cast<const Lanes*>(in + i * in_stride);
  Lanes a[kSide];
  for (int i = 0; i < kSide; i += 2) {
    a[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  Lanes b[kSide];
  for (int i = 0; i < kSide; i += 4) {
    for (int j = 0; j < 2; ++j) {
      b[i + j] = __builtin_shufflevector(a[i + j], a[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[i + j + 2] = __builtin_shufflevector(a[i + j], a[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    *reinterpret_cast<Lanes*>(out + i * out_stride) =
        __builtin_shufflevector(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<Lanes*>(out + (i + 4) * out_stride) =
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

template <typename T>
SSLX_INLINE void resize(const Plane<T>& p) {
  const int wide = padded(p.width);
  float* const a = p.scratch;
  float* const b = p.scratch + static_cast<ptrdiff_t>(kStrip) * std::max(wide, padded(p.out_width));
  for (int top = 0; top < p.out_height; top += kStrip) {
    const int count = std::min(kStrip, p.out_height - top);
    for (int r = 0; r < count; ++r) {
      const auto y = static_cast<size_t>(top + r);
      sum_rows(a + static_cast<ptrdiff_t>(r) * wide, p.in + p.rows.first[y] * p.stride, p.stride,
               p.rows.weights(y), p.rows.count[y], p.width);
    }
    turn_strip(b, a, wide);
    for (int x = 0; x < p.out_width; ++x) {
      const auto i = static_cast<size_t>(x);
      sum_rows(a + static_cast<ptrdiff_t>(x) * kStrip,
               b + static_cast<ptrdiff_t>(p.columns.first[i]) * kStrip, kStrip,
               p.columns.weights(i), p.columns.count[i], kStrip);
    }
    float* out = p.out + static_cast<ptrdiff_t>(top) * p.out_width;
    turn_back(out, a, p.out_width, count);
    for (int i = 0; p.clamped && i < count * p.out_width; ++i) out[i] = unit(out[i]);
  }
}

SSLX_MULTIVERSION void resize_plane(const Plane<uint8_t>& plane) { resize(plane); }
SSLX_MULTIVERSION void resize_plane(const Plane<float>& plane) { resize(plane); }

template <typename T>
void copy_rows(const Plane<T>& p) {
  constexpr float kUnit = std::is_same_v<T, uint8_t> ? 255.0F : 1.0F;
  for (int y = 0; y < p.out_height; ++y) {
    const T* in = p.in + y * p.stride;
    float* out = p.out + static_cast<ptrdiff_t>(y) * p.out_width;
    for (int x = 0; x < p.out_width; ++x) out[x] = static_cast<float>(in[x]) / kUnit;
  }
}

struct Box {
  int top, left, height, width;
};

Box box_of(const float* row, int64_t height, int64_t width) {
  const Box box{static_cast<int>(row[0]), static_cast<int>(row[1]), static_cast<int>(row[2]),
                static_cast<int>(row[3])};
  if (box.top < 0 || box.left < 0 || box.height < 1 || box.width < 1 ||
      box.top + box.height > height || box.left + box.width > width) {
    throw input_error("a crop's box does not lie inside the image");
  }
  return box;
}

template <typename T>
void crop_all(const torch::Tensor& images, const torch::Tensor& boxes, const torch::Tensor& result,
              Interpolation interpolation) {
  const int64_t height = images.size(2);
  const int64_t width = images.size(3);
  const auto out_height = static_cast<int>(result.size(2));
  const auto out_width = static_cast<int>(result.size(3));
  const T* in = images.const_data_ptr<T>();
  auto* out = result.mutable_data_ptr<float>();
  constexpr double kGain = std::is_same_v<T, uint8_t> ? 1.0 / 255.0 : 1.0;
  Taps rows;
  Taps columns;
  const int widest = std::max(padded(static_cast<int>(width)), padded(out_width));
  // Zeroed once: what lies beyond a box's columns is turned along but never summed.
  std::vector<float> scratch(static_cast<size_t>(2 * kStrip) * static_cast<size_t>(widest));
  for (int64_t n = 0; n < images.size(0); ++n) {
    const Box box = box_of(row_of(boxes, n), height, width);
    const bool same = box.height == out_height && box.width == out_width;
    if (!same) {
      rows.prepare(box.height, out_height, kGain, interpolation);
      columns.prepare(box.width, out_width, 1.0, interpolation);
    }
    for (int64_t c = 0; c < images.size(1); ++c, in += height * width) {
      const Plane<T> plane{in + box.top * width + box.left,
                           width,
                           box.width,
                           out,
                           out_height,
                           out_width,
                           rows,
                           columns,
                           interpolation == Interpolation::kBicubic,
                           scratch.data()};
      same ? copy_rows(plane) : resize_plane(plane);
      out += static_cast<ptrdiff_t>(out_height) * out_width;
    }
  }
}

}  // namespace

torch::Tensor resized_crop(torch::Tensor images, const torch::Tensor& parameters, int64_t height,
                           int64_t width, Interpolation interpolation) {
  const torch::Tensor x = checked(std::move(images), "crop", /*any_channels=*/true);
  if (!x.device().is_cpu()) {
    return tensor_path::resized_crop(x, parameters, height, width, interpolation);
  }
  torch::Tensor out = torch::empty({x.size(0), x.size(1), height, width}, torch::kFloat32);
  const torch::Tensor boxes = parameters.contiguous();
  if (x.scalar_type() == torch::kUInt8) {
    crop_all<uint8_t>(x, boxes, out, interpolation);
  } else {
    crop_all<float>(x, boxes, out, interpolation);
  }
  return out;
}

}  // namespace sslx::image_ops
