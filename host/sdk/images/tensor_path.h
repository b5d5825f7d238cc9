// The image operations once more, by tensor operations alone: what runs on other devices than a
// CPU, and what the loops are tested against; and two small tables that both ways read. Private to
// the SDK: <sslx/image_ops.h> is what augmentations use, and says what each operation does.
#pragma once

#include <sslx/image_ops.h>

namespace sslx::image_ops {

namespace tensor_path {
SSLX_API torch::Tensor resized_crop(const torch::Tensor& images, const torch::Tensor& parameters,
                                    int64_t height, int64_t width,
                                    Interpolation interpolation = Interpolation::kBilinear);
SSLX_API torch::Tensor horizontal_flip(const torch::Tensor& images,
                                       const torch::Tensor& parameters);
SSLX_API torch::Tensor rotate(const torch::Tensor& images, const torch::Tensor& parameters);
SSLX_API torch::Tensor color_jitter(const torch::Tensor& images, const torch::Tensor& parameters);
SSLX_API torch::Tensor grayscale(const torch::Tensor& images, const torch::Tensor& parameters);
SSLX_API torch::Tensor solarize(const torch::Tensor& images, const torch::Tensor& parameters,
                                double threshold);
SSLX_API torch::Tensor gaussian_blur(const torch::Tensor& images, const torch::Tensor& parameters,
                                     int64_t kernel);
SSLX_API torch::Tensor sobel(const torch::Tensor& images, const torch::Tensor& parameters);
SSLX_API torch::Tensor sobel_gradients(const torch::Tensor& images);
SSLX_API torch::Tensor gaussian_noise(const torch::Tensor& images, const torch::Tensor& parameters);
SSLX_API torch::Tensor cutout(const torch::Tensor& images, const torch::Tensor& parameters,
                              const std::vector<double>& fill);
SSLX_API torch::Tensor rgb_to_lab(const torch::Tensor& images, LabChannels channels);
SSLX_API torch::Tensor normalize(const torch::Tensor& images, const std::vector<double>& mean,
                                 const std::vector<double>& deviation);
}  // namespace tensor_path

/// The four operations of color_jitter in the order with this index: 0 brightness, 1 contrast,
/// 2 saturation, 3 hue.
SSLX_API std::array<int, 4> jitter_order(int index);

/// The weights of a Gaussian kernel of `kernel` taps, as torchvision's: they sum to 1.
SSLX_API std::vector<float> gaussian_kernel(int64_t kernel, double sigma);

}  // namespace sslx::image_ops
