// Random resized crops: which box of which image, and how it is resized.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>

#include "host/sdk/images/batch.h"

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
  TapGroups groups;
  // Zeroed once: what lies beyond a box's columns is turned along but never summed.
  std::vector<float> scratch(resize_scratch(width, out_width));
  for (int64_t n = 0; n < images.size(0); ++n) {
    const Box box = box_of(row_of(boxes, n), height, width);
    const bool same = box.height == out_height && box.width == out_width;
    if (!same) {
      rows.prepare(box.height, out_height, kGain, interpolation);
      columns.prepare(box.width, out_width, 1.0, interpolation);
      columns.group(groups);
    }
    for (int64_t c = 0; c < images.size(1); ++c, in += height * width) {
      const ResizedPlane<T> plane{in + box.top * width + box.left,
                                  width,
                                  box.width,
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
