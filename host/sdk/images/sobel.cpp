// Sobel's derivatives of the luma. Borders repeat the edge's pixel, as scipy's "reflect" does for a
// kernel of three.
#include <sslx/image_ops.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {
namespace {

/// The lumas of one image with a border of one repeated pixel: [height + 2, width + 2].
SSLX_MULTIVERSION void bordered_luma(float* __restrict out, const Planes& p, int64_t height,
                                     int64_t width) {
  const int64_t stride = width + 2;
  for (int64_t y = 0; y < height; ++y) {
    float* row = out + (y + 1) * stride + 1;
    const int64_t at = y * width;
    for (int64_t i = 0; i < width; ++i) {
      row[i] = p.gray ? p.red[at + i] : luma(p.red[at + i], p.green[at + i], p.blue[at + i]);
    }
    row[-1] = row[0];
    row[width] = row[width - 1];
  }
  std::copy(out + stride, out + 2 * stride, out);
  std::copy(out + height * stride, out + (height + 1) * stride, out + (height + 1) * stride);
}

/// Derivatives along x and y of one row; `in` points at its left border.
SSLX_MULTIVERSION void derivatives(float* __restrict dx, float* __restrict dy,
                                   const float* __restrict in, int64_t stride, int64_t width) {
  const float* above = in - stride;
  const float* below = in + stride;
  for (int64_t i = 0; i < width; ++i) {
    dx[i] =
        0.25F * (above[i + 2] - above[i] + below[i + 2] - below[i]) + 0.5F * (in[i + 2] - in[i]);
    dy[i] = 0.25F * (below[i] - above[i] + below[i + 2] - above[i + 2]) +
            0.5F * (below[i + 1] - above[i + 1]);
  }
}

SSLX_MULTIVERSION void strengths(float* __restrict out, const float* __restrict dx,
                                 const float* __restrict dy, int64_t width) {
  for (int64_t i = 0; i < width; ++i) out[i] = std::sqrt(0.5F * (dx[i] * dx[i] + dy[i] * dy[i]));
}

/// Calls `take(y, dx, dy)` with the derivatives of every row.
template <typename Take>
void each_row(const Planes& planes, int64_t height, int64_t width, std::vector<float>& scratch,
              Take take) {
  const int64_t stride = width + 2;
  scratch.resize(static_cast<size_t>((height + 2) * stride + 2 * width));
  float* lumas = scratch.data();
  float* dx = lumas + (height + 2) * stride;
  bordered_luma(lumas, planes, height, width);
  for (int64_t y = 0; y < height; ++y) {
    derivatives(dx, dx + width, lumas + (y + 1) * stride, stride, width);
    take(y, dx, dx + width);
  }
}

}  // namespace

torch::Tensor sobel(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "sobel");
  if (!x.device().is_cpu()) return tensor_path::sobel(x, parameters);
  torch::Tensor out = changeable(std::move(x));
  const torch::Tensor flags = parameters.contiguous();
  const int64_t width = out.size(3);
  std::vector<float> scratch;
  for (int64_t n = 0; n < out.size(0); ++n) {
    if (row_of(flags, n)[0] == 0) continue;
    const Planes p = planes_of(out, n);
    each_row(p, out.size(2), width, scratch, [&](int64_t y, const float* dx, const float* dy) {
      strengths(p.red + y * width, dx, dy, width);
      if (p.gray) return;
      std::copy_n(p.red + y * width, width, p.green + y * width);
      std::copy_n(p.red + y * width, width, p.blue + y * width);
    });
  }
  return out;
}

torch::Tensor sobel_gradients(torch::Tensor images) {
  torch::Tensor x = checked(std::move(images), "sobel");
  if (!x.device().is_cpu()) return tensor_path::sobel_gradients(x);
  const torch::Tensor in = changeable(std::move(x));
  torch::Tensor out = torch::empty({in.size(0), 2, in.size(2), in.size(3)}, torch::kFloat32);
  const int64_t width = in.size(3);
  std::vector<float> scratch;
  for (int64_t n = 0; n < in.size(0); ++n) {
    float* along_x = values_of(out, n);
    float* along_y = along_x + in.size(2) * width;
    each_row(planes_of(in, n), in.size(2), width, scratch,
             [&](int64_t y, const float* dx, const float* dy) {
               std::copy_n(dx, width, along_x + y * width);
               std::copy_n(dy, width, along_y + y * width);
             });
  }
  return out;
}

}  // namespace sslx::image_ops
