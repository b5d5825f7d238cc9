// Operations that move or cover pixels: flip, rotate, cutout.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "host/sdk/images/batch.h"

namespace sslx::image_ops {
namespace {

/// 0 to 3 for a quarter turn that is exact on such images, else -1.
int exact_quarters(float degrees, int64_t height, int64_t width) {
  const double quarters = std::fmod(std::fmod(degrees, 360.0) + 360.0, 360.0) / 90.0;
  if (quarters != std::floor(quarters)) return -1;
  if (quarters == 0 || quarters == 2) return static_cast<int>(quarters);
  return height == width ? static_cast<int>(quarters) : -1;
}

void turn_image(const torch::Tensor& out, const torch::Tensor& in, int64_t n, int quarters) {
  if (in.size(2) != in.size(3)) {
    out[n].copy_(in[n].rot90(quarters, {1, 2}));
    return;
  }
  const int64_t area = in.size(2) * in.size(3);
  for (int64_t c = 0; c < in.size(1); ++c) {
    turn_square(values_of(out, n) + c * area, values_of(in, n) + c * area, in.size(2), quarters);
  }
}

void fill_box(float* plane, int64_t width, const float* box, float value) {
  const auto top = static_cast<int64_t>(box[0]);
  const auto left = static_cast<int64_t>(box[1]);
  for (int64_t y = top; y < top + static_cast<int64_t>(box[2]); ++y) {
    std::fill_n(plane + y * width + left, static_cast<int64_t>(box[3]), value);
  }
}

}  // namespace

torch::Tensor horizontal_flip(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "flip", /*any_channels=*/true);
  if (!x.device().is_cpu()) return tensor_path::horizontal_flip(x, parameters);
  torch::Tensor out = changeable(std::move(x));
  const torch::Tensor flags = parameters.contiguous();
  for (int64_t n = 0; n < out.size(0); ++n) {
    if (row_of(flags, n)[0] == 0) continue;
    mirror_rows(values_of(out, n), out.size(1) * out.size(2), out.size(3));
  }
  return out;
}

torch::Tensor rotate(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "rotate", /*any_channels=*/true);
  if (!x.device().is_cpu()) return tensor_path::rotate(x, parameters);
  const torch::Tensor in = changeable(std::move(x));
  torch::Tensor out = torch::empty(in.sizes(), torch::kFloat32);
  const torch::Tensor rows = parameters.contiguous();
  for (int64_t n = 0; n < in.size(0); ++n) {
    const int quarters = exact_quarters(row_of(rows, n)[0], in.size(2), in.size(3));
    if (quarters == 0) {
      out[n].copy_(in[n]);
    } else if (quarters > 0) {
      turn_image(out, in, n, quarters);
    } else {
      const int64_t area = in.size(2) * in.size(3);
      for (int64_t c = 0; c < in.size(1); ++c) {
        turn_plane(values_of(out, n) + c * area, values_of(in, n) + c * area, in.size(2),
                   in.size(3), row_of(rows, n)[0]);
      }
    }
  }
  return out;
}

torch::Tensor cutout(torch::Tensor images, const torch::Tensor& parameters,
                     const std::vector<double>& fill) {
  torch::Tensor x = checked(std::move(images), "cutout", /*any_channels=*/true);
  if (fill.size() != 1 && fill.size() != static_cast<size_t>(x.size(1))) {
    throw input_error("cutout has " + std::to_string(fill.size()) + " fill values for images of " +
                      std::to_string(x.size(1)) + " channels; it must have one, or one a channel");
  }
  if (!x.device().is_cpu()) return tensor_path::cutout(x, parameters, fill);
  torch::Tensor out = changeable(std::move(x));
  const torch::Tensor rows = parameters.contiguous();
  const int64_t area = out.size(2) * out.size(3);
  for (int64_t n = 0; n < out.size(0); ++n) {
    const float* box = row_of(rows, n);
    if (box[0] < 0 || box[1] < 0 || box[0] + box[2] > static_cast<float>(out.size(2)) ||
        box[1] + box[3] > static_cast<float>(out.size(3))) {
      throw input_error("cutout's box does not lie inside the image");
    }
    for (int64_t c = 0; c < out.size(1); ++c) {
      const auto value = static_cast<float>(fill[fill.size() == 1 ? 0 : static_cast<size_t>(c)]);
      fill_box(values_of(out, n) + c * area, out.size(3), box, value);
    }
  }
  return out;
}

}  // namespace sslx::image_ops
