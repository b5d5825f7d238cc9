// Sobel's derivatives of the luma and their strength.
#include <sslx/image_ops.h>

#include <algorithm>
#include <vector>

#include "host/sdk/images/batch.h"
#include "host/sdk/images/tensor_path.h"

namespace sslx::image_ops {
namespace {

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
    sobel_row(dx, dx + width, lumas + (y + 1) * stride, stride, width);
    take(y, dx, dx + width);
  }
}

/// The edges' strength in place of every channel.
void draw_edges(const Planes& p, int64_t height, int64_t width, std::vector<float>& scratch) {
  each_row(p, height, width, scratch, [&](int64_t y, const float* dx, const float* dy) {
    edge_strengths(p.red + y * width, dx, dy, width);
    if (p.gray) return;
    std::copy_n(p.red + y * width, width, p.green + y * width);
    std::copy_n(p.red + y * width, width, p.blue + y * width);
  });
}

}  // namespace

torch::Tensor sobel(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "sobel");
  if (!x.device().is_cpu()) return tensor_path::sobel(x, parameters);
  std::vector<float> scratch;
  return each_changed(std::move(x), parameters,
                      [&](const torch::Tensor& out, int64_t n, const float* row) {
                        if (row[0] != 0)
                          draw_edges(planes_of(out, n), out.size(2), out.size(3), scratch);
                      });
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
