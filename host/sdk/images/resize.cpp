// Random resized crops: which box of which image, and how it is resized.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <cmath>

#include "host/sdk/images/batch.h"
#include "host/sdk/images/tensor_path.h"

namespace sslx::image_ops {
namespace {

template <typename T>
void copy_rows(const ResizedPlane<T>& p) {
  for (int y = 0; y < p.out_height; ++y) {
    float* out = p.out + static_cast<ptrdiff_t>(y) * p.out_width;
    if constexpr (std::is_same_v<T, uint8_t>) {
      bytes_to_unit(out, p.in + y * p.stride, p.out_width);
    } else {
      std::copy_n(p.in + y * p.stride, p.out_width, out);
    }
  }
}

/// One axis of a box: the whole pixels that it touches, and where in them it lies.
struct Stretch {
  Stretch(float from, float extent, int64_t pixels)
      : first(static_cast<int>(std::floor(from))),
        count(static_cast<int>(std::ceil(static_cast<double>(from) + extent)) - first),
        begin(static_cast<double>(from) - first),
        length(extent) {
    if (!(from >= 0 && extent > 0) || first + static_cast<int64_t>(count) > pixels) {
      throw input_error("a crop's box does not lie inside the image");
    }
  }
  bool is(int64_t size) const { return begin == 0 && length == static_cast<double>(size); }

  int first;
  int count;
  double begin;
  double length;
};

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
  TapGroups groups;
  // Zeroed once: what lies beyond a box's columns is turned along but never summed.
  std::vector<float> scratch(resize_scratch(width, out_width));
  for (int64_t n = 0; n < images.size(0); ++n) {
    const float* box = row_of(boxes, n);
    const Stretch high(box[0], box[2], height);
    const Stretch wide(box[1], box[3], width);
    const bool same = high.is(out_height) && wide.is(out_width);
    if (!same) {
      rows.prepare(high.begin, high.length, high.count, out_height, kGain, interpolation);
      columns.prepare(wide.begin, wide.length, wide.count, out_width, 1.0, interpolation);
      columns.group(groups);
    }
    for (int64_t c = 0; c < images.size(1); ++c, in += height * width) {
      const ResizedPlane<T> plane{in + high.first * width + wide.first,
                                  width,
                                  wide.count,
                                  out,
                                  out_height,
                                  out_width,
                                  rows,
                                  columns,
                                  groups,
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
