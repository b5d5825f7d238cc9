// Sobel's derivatives. Borders repeat the edge's pixel, as scipy's "reflect" does for a kernel of
// three.
#include <algorithm>
#include <cmath>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {

/// The lumas of one image with a border of one repeated pixel: [height + 2, width + 2].
SSLX_MULTIVERSION void bordered_luma(float* __restrict out, const Planes& p, int64_t height,
                                     int64_t width) {
  const int64_t stride = width + 2;
  for (int64_t y = 0; y < height; ++y) {
    float* row = out + (y + 1) * stride + 1;
    const int64_t first = y * width;
    if (p.gray) {
      std::copy_n(p.red + first, width, row);
    } else {
      for (int64_t i = 0; i < width; ++i) {
        row[i] = luma(p.red[first + i], p.green[first + i], p.blue[first + i]);
      }
    }
    row[-1] = row[0];
    row[width] = row[width - 1];
  }
  std::copy(out + stride, out + 2 * stride, out);
  std::copy(out + height * stride, out + (height + 1) * stride, out + (height + 1) * stride);
}

/// Derivatives along x and y of one row; `in` points at its left border.
SSLX_MULTIVERSION void sobel_row(float* __restrict dx, float* __restrict dy,
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

SSLX_MULTIVERSION void edge_strengths(float* __restrict out, const float* __restrict dx,
                                      const float* __restrict dy, int64_t width) {
  for (int64_t i = 0; i < width; ++i) out[i] = std::sqrt(0.5F * (dx[i] * dx[i] + dy[i] * dy[i]));
}

}  // namespace sslx::image_ops
