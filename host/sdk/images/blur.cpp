// Gaussian blur: two passes of a symmetric kernel. Weights too small to be seen are left out, so
// that a small sigma costs little whatever the kernel's nominal size.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {
namespace {

/// Less than a four-hundredth of a step of 255 in all.
constexpr float kLeastWeight = 1e-6F;
constexpr int kTogether = 4;  // Pairs of taps that one sweep over a row adds.

/// The centre's weight, then the weight of each pair at distance 1, 2, ...
std::vector<float> half_kernel(int64_t kernel, float sigma) {
  const std::vector<float> whole = gaussian_kernel(kernel, sigma);
  std::vector<float> out(whole.begin() + kernel / 2, whole.end());
  while (out.size() > 1 && out.back() < kLeastWeight) out.pop_back();
  return out;
}

/// out[i] += sum over the pairs of weight * (before[i] + after[i]); pair k lies k * step further.
template <int kPairs>
SSLX_INLINE void add_pairs(float* __restrict out, const float* __restrict before,
                           const float* __restrict after, int64_t step, const float* weights,
                           int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    float sum = out[i];
    for (int k = 0; k < kPairs; ++k)
      sum += weights[k] * (before[i - k * step] + after[i + k * step]);
    out[i] = sum;
  }
}

/// One row: `in` is its middle tap, the others lie `step` apart before and after it.
SSLX_INLINE void blur_row(float* __restrict out, const float* __restrict in, int64_t step,
                          const float* weights, int64_t taps, int64_t size) {
  for (int64_t i = 0; i < size; ++i) out[i] = weights[0] * in[i];
  int64_t tap = 1;
  for (; tap + kTogether <= taps; tap += kTogether) {
    add_pairs<kTogether>(out, in - tap * step, in + tap * step, step, weights + tap, size);
  }
  for (; tap < taps; ++tap) {
    add_pairs<1>(out, in - tap * step, in + tap * step, step, weights + tap, size);
  }
}

/// Index `i` of a row of `size` reflected without repeating the edge.
int64_t reflected(int64_t i, int64_t size) {
  if (i < 0) return -i;
  return i < size ? i : 2 * (size - 1) - i;
}

/// One channel in place. `lines` holds height + 2 * reach rows of `width`, `line` a padded row.
SSLX_MULTIVERSION void blur_plane(float* plane, int64_t height, int64_t width, const float* weights,
                                  int64_t taps, float* lines, float* line) {
  const int64_t reach = taps - 1;
  for (int64_t y = 0; y < height; ++y) {
    const float* in = plane + y * width;
    std::copy_n(in, width, line + reach);
    for (int64_t i = 1; i <= reach; ++i) {
      line[reach - i] = in[i];
      line[reach + width - 1 + i] = in[width - 1 - i];
    }
    blur_row(lines + (y + reach) * width, line + reach, 1, weights, taps, width);
  }
  for (int64_t i = 1; i <= reach; ++i) {
    const float* top = lines + (reach + reflected(-i, height)) * width;
    std::copy_n(top, width, lines + (reach - i) * width);
    const float* bottom = lines + (reach + reflected(height - 1 + i, height)) * width;
    std::copy_n(bottom, width, lines + (reach + height - 1 + i) * width);
  }
  for (int64_t y = 0; y < height; ++y) {
    blur_row(plane + y * width, lines + (y + reach) * width, width, weights, taps, width);
  }
}

}  // namespace

std::vector<float> gaussian_kernel(int64_t kernel, double sigma) {
  std::vector<float> out;
  double total = 0;
  for (int64_t i = 0; i < kernel; ++i) {
    const double distance = (static_cast<double>(i) - static_cast<double>(kernel / 2)) / sigma;
    out.push_back(static_cast<float>(std::exp(-0.5 * distance * distance)));
    total += out.back();
  }
  for (float& weight : out) weight = static_cast<float>(weight / total);
  return out;
}

torch::Tensor gaussian_blur(torch::Tensor images, const torch::Tensor& parameters, int64_t kernel) {
  torch::Tensor x = checked(std::move(images), "blur", /*any_channels=*/true);
  const int64_t height = x.size(2);
  const int64_t width = x.size(3);
  if (kernel < 1 || kernel % 2 == 0 || kernel / 2 >= std::min(height, width)) {
    throw input_error("blur's kernel of " + std::to_string(kernel) +
                      " taps does not fit images of " + std::to_string(width) + " x " +
                      std::to_string(height) +
                      " pixels; it must be odd and less than twice the shorter side");
  }
  if (!x.device().is_cpu()) return tensor_path::gaussian_blur(x, parameters, kernel);
  torch::Tensor out = changeable(std::move(x));
  const torch::Tensor rows = parameters.contiguous();
  std::vector<float> lines(static_cast<size_t>((height + kernel) * width));
  std::vector<float> line(static_cast<size_t>(width + kernel));
  for (int64_t n = 0; n < out.size(0); ++n) {
    const float sigma = row_of(rows, n)[0];
    if (sigma <= 0) continue;
    const std::vector<float> weights = half_kernel(kernel, sigma);
    for (int64_t c = 0; c < out.size(1); ++c) {
      blur_plane(values_of(out, n) + c * height * width, height, width, weights.data(),
                 static_cast<int64_t>(weights.size()), lines.data(), line.data());
    }
  }
  return out;
}

}  // namespace sslx::image_ops
