// Gaussian blur: two passes of a symmetric kernel. Weights too small to be seen are left out, so
// that a small sigma costs little whatever the kernel's nominal size.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "host/sdk/images/batch.h"
#include "host/sdk/images/tensor_path.h"

namespace sslx::image_ops {
namespace {

/// What is left out is less than a hundredth of a step of 255 in all.
constexpr float kLeastWeight = 5e-6F;

/// The centre's weight, then the weight of each pair at distance 1, 2, ...
std::vector<float> half_kernel(int64_t kernel, float sigma) {
  const std::vector<float> whole = gaussian_kernel(kernel, sigma);
  std::vector<float> out(whole.begin() + kernel / 2, whole.end());
  while (out.size() > 1 && out.back() < kLeastWeight) out.pop_back();
  return out;
}

}  // namespace

std::vector<float> gaussian_kernel(int64_t kernel, double sigma) {
  std::vector<float> out;
  double total = 0;
  const int64_t middle = kernel / 2;
  for (int64_t i = 0; i < kernel; ++i) {
    const double distance = static_cast<double>(i - middle) / sigma;
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
  const auto scratch =
      std::make_unique_for_overwrite<float[]>(blur_scratch(height, width, kernel / 2 + 1));
  return each_changed(
      std::move(x), parameters, [&](const torch::Tensor& out, int64_t n, const float* row) {
        if (row[0] <= 0) return;
        const std::vector<float> weights = half_kernel(kernel, row[0]);
        for (int64_t c = 0; c < out.size(1); ++c) {
          blur_plane(values_of(out, n) + c * height * width, height, width, weights.data(),
                     static_cast<int64_t>(weights.size()), scratch.get());
        }
      });
}

}  // namespace sslx::image_ops
