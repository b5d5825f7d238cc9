// The crop's loops: an antialiased bilinear resize as two sums over rows. Both run along contiguous
// memory, since the image is turned between them, so that neither needs a gather.
#include <sslx/error.h>
#include <sslx/image_ops.h>
#include <sslx/multiversion.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sslx::image_ops {
namespace {

/// Which inputs make each output of one axis, and with what weights.
struct Taps {
  int most = 0;  ///< Weights kept for an output.
  std::vector<int> first;
  std::vector<int> count;
  std::vector<float> weight;

  /// `length` inputs to `out` outputs, as torch's antialiased bilinear kernel has them; every
  /// weight is multiplied by `gain`.
  void prepare(int length, int out, double gain) {
    const double scale = static_cast<double>(length) / out;
    const double support = std::max(scale, 1.0);
    most = static_cast<int>(std::ceil(support)) * 2 + 1;
    first.resize(static_cast<size_t>(out));
    count.resize(static_cast<size_t>(out));
    weight.resize(static_cast<size_t>(out) * static_cast<size_t>(most));
    for (int i = 0; i < out; ++i) prepare_one(i, length, scale, support, gain);
  }

 private:
  void prepare_one(int i, int length, double scale, double support, double gain) {
    const double centre = scale * (i + 0.5);
    const int begin = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int end = std::min(static_cast<int>(centre + support + 0.5), length);
    float* row = weight.data() + static_cast<ptrdiff_t>(i) * most;
    double total = 0;
    for (int j = begin; j < end; ++j) {
      const double value = std::max(0.0, 1 - std::abs((j + 0.5 - centre) / support));
      row[j - begin] = static_cast<float>(value);
      total += value;
    }
    int kept = end - begin;
    while (kept > 1 && row[kept - 1] == 0) --kept;
    for (int j = 0; j < kept; ++j) row[j] = static_cast<float>(row[j] * (gain / total));
    first[static_cast<size_t>(i)] = begin;
    count[static_cast<size_t>(i)] = kept;
  }
};

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
  float* scratch;  ///< 2 * out_height * max(width, out_width) floats.
};

/// out[i] = sum over k of weights[k] * in[k * stride + i], for i in 0 .. width-1.
template <typename T>
SSLX_INLINE void sum_rows(float* __restrict out, const T* __restrict in, ptrdiff_t stride,
                          const float* __restrict weights, int count, int width) {
  if (count == 2) {
    const T* __restrict next = in + stride;
    const float a = weights[0];
    const float b = weights[1];
    for (int i = 0; i < width; ++i)
      out[i] = a * static_cast<float>(in[i]) + b * static_cast<float>(next[i]);
    return;
  }
  for (int i = 0; i < width; ++i) out[i] = weights[0] * static_cast<float>(in[i]);
  for (int k = 1; k < count; ++k) {
    in += stride;
    for (int i = 0; i < width; ++i) out[i] += weights[k] * static_cast<float>(in[i]);
  }
}

/// out[column][row] = in[row][column], in blocks that stay in registers or the first cache.
SSLX_INLINE void transpose(float* __restrict out, const float* __restrict in, int rows,
                           int columns) {
  constexpr int kBlock = 8;
  for (int row = 0; row < rows; row += kBlock) {
    const int last = std::min(row + kBlock, rows);
    for (int column = 0; column < columns; ++column) {
      for (int r = row; r < last; ++r) out[column * rows + r] = in[r * columns + column];
    }
  }
}

template <typename T>
SSLX_INLINE void resize(const Plane<T>& p) {
  const ptrdiff_t part = static_cast<ptrdiff_t>(p.out_height) * std::max(p.width, p.out_width);
  float* const a = p.scratch;
  float* const b = p.scratch + part;
  for (int y = 0; y < p.out_height; ++y) {
    const auto i = static_cast<size_t>(y);
    sum_rows(a + static_cast<ptrdiff_t>(y) * p.width, p.in + p.rows.first[i] * p.stride, p.stride,
             p.rows.weight.data() + static_cast<ptrdiff_t>(y) * p.rows.most, p.rows.count[i],
             p.width);
  }
  transpose(b, a, p.out_height, p.width);
  for (int x = 0; x < p.out_width; ++x) {
    const auto i = static_cast<size_t>(x);
    sum_rows(a + static_cast<ptrdiff_t>(x) * p.out_height,
             b + static_cast<ptrdiff_t>(p.columns.first[i]) * p.out_height, p.out_height,
             p.columns.weight.data() + static_cast<ptrdiff_t>(x) * p.columns.most,
             p.columns.count[i], p.out_height);
  }
  transpose(p.out, a, p.out_width, p.out_height);
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
void crop_all(const torch::Tensor& images, const float* boxes, torch::Tensor& result) {
  const int64_t channels = images.size(1);
  const int64_t height = images.size(2);
  const int64_t width = images.size(3);
  const auto out_height = static_cast<int>(result.size(2));
  const auto out_width = static_cast<int>(result.size(3));
  const T* in = images.const_data_ptr<T>();
  auto* out = result.mutable_data_ptr<float>();
  constexpr double kGain = std::is_same_v<T, uint8_t> ? 1.0 / 255.0 : 1.0;
  Taps rows;
  Taps columns;
  std::vector<float> scratch(static_cast<size_t>(2 * out_height) *
                             static_cast<size_t>(std::max<int64_t>(width, out_width)));
  for (int64_t n = 0; n < images.size(0); ++n) {
    const Box box = box_of(boxes + 4 * n, height, width);
    const bool same = box.height == out_height && box.width == out_width;
    if (!same) {
      rows.prepare(box.height, out_height, kGain);
      columns.prepare(box.width, out_width, 1.0);
    }
    for (int64_t c = 0; c < channels; ++c, in += height * width) {
      const Plane<T> plane{in + box.top * width + box.left,
                           width,
                           box.width,
                           out,
                           out_height,
                           out_width,
                           rows,
                           columns,
                           scratch.data()};
      same ? copy_rows(plane) : resize_plane(plane);
      out += static_cast<ptrdiff_t>(out_height) * out_width;
    }
  }
}

}  // namespace

torch::Tensor resized_crop(const torch::Tensor& images, const torch::Tensor& parameters,
                           int64_t height, int64_t width) {
  const torch::Tensor x = checked(images, "crop");
  if (!x.device().is_cpu()) return tensor_path::resized_crop(x, parameters, height, width);
  torch::Tensor out = torch::empty({x.size(0), x.size(1), height, width}, torch::kFloat32);
  const torch::Tensor boxes = parameters.contiguous();
  if (x.scalar_type() == torch::kUInt8) {
    crop_all<uint8_t>(x, boxes.const_data_ptr<float>(), out);
  } else {
    crop_all<float>(x, boxes.const_data_ptr<float>(), out);
  }
  return out;
}

}  // namespace sslx::image_ops
