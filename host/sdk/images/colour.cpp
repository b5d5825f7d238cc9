// Colour jitter, grayscale, solarize and normalize.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <string>

#include "host/sdk/images/batch.h"
#include "host/sdk/images/tensor_path.h"

namespace sslx::image_ops {
namespace {

/// `row` is one image's parameters of color_jitter.
JitterSteps steps_of(const float* row, bool gray) {
  JitterSteps out;
  for (const int operation : jitter_order(static_cast<int>(row[5]))) {
    const float strength = row[1 + operation];
    const bool idle = strength == (operation == kHue ? 0.0F : 1.0F);
    if (idle || (gray && operation > kContrast)) continue;
    out.operation[static_cast<size_t>(out.count)] = operation;
    out.strength[static_cast<size_t>(out.count++)] = strength;
  }
  return out;
}

}  // namespace

torch::Tensor color_jitter(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "color");
  if (!x.device().is_cpu()) return tensor_path::color_jitter(x, parameters);
  const bool gray = x.size(1) == 1;
  return each_changed(std::move(x), parameters,
                      [gray](const torch::Tensor& out, int64_t n, const float* row) {
                        if (row[0] != 0) jitter_image(planes_of(out, n), steps_of(row, gray));
                      });
}

torch::Tensor grayscale(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "grayscale");
  if (!x.device().is_cpu()) return tensor_path::grayscale(x, parameters);
  if (x.size(1) == 1) return changeable(std::move(x));
  return each_changed(std::move(x), parameters,
                      [](const torch::Tensor& out, int64_t n, const float* row) {
                        if (row[0] != 0) gray_image(planes_of(out, n));
                      });
}

torch::Tensor solarize(torch::Tensor images, const torch::Tensor& parameters, double threshold) {
  torch::Tensor x = checked(std::move(images), "solarize");
  if (!x.device().is_cpu()) return tensor_path::solarize(x, parameters, threshold);
  const auto bright = static_cast<float>(threshold);
  return each_changed(std::move(x), parameters,
                      [bright](const torch::Tensor& out, int64_t n, const float* row) {
                        if (row[0] != 0) solarize_values(values_of(out, n), out.stride(0), bright);
                      });
}

torch::Tensor normalize(torch::Tensor images, const std::vector<double>& mean,
                        const std::vector<double>& deviation) {
  torch::Tensor x = checked(std::move(images), "normalize", /*any_channels=*/true);
  const auto channels = static_cast<size_t>(x.size(1));
  if (mean.size() != deviation.size() || (mean.size() != 1 && mean.size() != channels)) {
    throw input_error("normalize has " + std::to_string(mean.size()) + " means and " +
                      std::to_string(deviation.size()) + " deviations for images of " +
                      std::to_string(channels) +
                      " channels; it must have one of each, or one a "
                      "channel");
  }
  if (!x.device().is_cpu()) return tensor_path::normalize(x, mean, deviation);
  torch::Tensor out = changeable(std::move(x));
  const int64_t size = out.size(2) * out.size(3);
  for (int64_t plane = 0; plane < out.size(0) * out.size(1); ++plane) {
    const size_t c = mean.size() == 1 ? 0 : static_cast<size_t>(plane) % channels;
    normalize_values(out.mutable_data_ptr<float>() + plane * size, size,
                     static_cast<float>(mean[c]), static_cast<float>(deviation[c]));
  }
  return out;
}

}  // namespace sslx::image_ops
