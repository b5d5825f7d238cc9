// Operations that move or cover pixels: flip, rotate, cutout.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "host/sdk/images/batch.h"
#include "host/sdk/images/tensor_path.h"

namespace sslx::image_ops {
namespace {

/// 0 to 3 for a quarter turn that is exact on such images, else -1.
int exact_quarters(float degrees, int64_t height, int64_t width) {
  const double quarters = std::fmod(std::fmod(degrees, 360.0) + 360.0, 360.0) / 90.0;
  if (quarters != std::floor(quarters)) return -1;
  if (quarters == 0 || quarters == 2) return static_cast<int>(quarters);
  return height == width ? static_cast<int>(quarters) : -1;
}

/// One channel; `quarters` is what exact_quarters() says of `degrees`.
void turn(float* out, const float* in, int64_t height, int64_t width, int quarters, float degrees) {
  const int64_t area = height * width;
  if (quarters == 0) {
    std::copy_n(in, area, out);
  } else if (quarters == 2) {
    std::reverse_copy(in, in + area, out);
  } else if (quarters > 0) {
    turn_quarter(out, in, height, quarters == 1);
  } else {
    turn_plane(out, in, height, width, degrees);
  }
}

/// `image` is [C, H, W].
void cover(const torch::Tensor& image, const float* box, const std::vector<double>& fill) {
  const int64_t height = image.size(1);
  const int64_t width = image.size(2);
  if (box[0] < 0 || box[1] < 0 || box[0] + box[2] > static_cast<float>(height) ||
      box[1] + box[3] > static_cast<float>(width)) {
    throw input_error("cutout's box does not lie inside the image");
  }
  const auto top = static_cast<int64_t>(box[0]);
  const auto left = static_cast<int64_t>(box[1]);
  const auto bottom = top + static_cast<int64_t>(box[2]);
  const auto count = static_cast<int64_t>(box[3]);
  for (int64_t c = 0; c < image.size(0); ++c) {
    const auto value = static_cast<float>(fill[fill.size() == 1 ? 0 : static_cast<size_t>(c)]);
    float* plane = image.mutable_data_ptr<float>() + c * height * width;
    for (int64_t y = top; y < bottom; ++y) std::fill_n(plane + y * width + left, count, value);
  }
}

}  // namespace

torch::Tensor horizontal_flip(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "flip", /*any_channels=*/true);
  if (!x.device().is_cpu()) return tensor_path::horizontal_flip(x, parameters);
  return each_changed(std::move(x), parameters,
                      [](const torch::Tensor& out, int64_t n, const float* row) {
                        if (row[0] != 0)
                          mirror_rows(values_of(out, n), out.size(1) * out.size(2), out.size(3));
                      });
}

torch::Tensor rotate(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "rotate", /*any_channels=*/true);
  if (!x.device().is_cpu()) return tensor_path::rotate(x, parameters);
  const torch::Tensor in = changeable(std::move(x));
  torch::Tensor out = torch::empty(in.sizes(), torch::kFloat32);
  const torch::Tensor rows = parameters.contiguous();
  const int64_t height = in.size(2);
  const int64_t width = in.size(3);
  for (int64_t n = 0; n < in.size(0); ++n) {
    const float degrees = row_of(rows, n)[0];
    const int quarters = exact_quarters(degrees, height, width);
    for (int64_t c = 0; c < in.size(1); ++c) {
      const int64_t plane = c * height * width;
      turn(values_of(out, n) + plane, values_of(in, n) + plane, height, width, quarters, degrees);
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
  return each_changed(
      std::move(x), parameters,
      [&](const torch::Tensor& out, int64_t n, const float* box) { cover(out[n], box, fill); });
}

}  // namespace sslx::image_ops
