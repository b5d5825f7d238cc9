// Image operations on whole batches, shared by the augmentation plugins. `images` is [N, C, H, W],
// uint8 or float32 in [0, 1]; `parameters` is float32 on the CPU, one row an image; results are
// float32 on the images' device. On the CPU vectorised loops do the work, elsewhere the tensor
// operations of `tensor_path`, which are also what the loops are tested against. The semantics are
// those of torchvision's functional operations on float tensors.
#pragma once

#include <sslx/export.h>
#include <torch/torch.h>

namespace sslx::image_ops {

/// Cuts a box out of each image and resizes it with antialiased bilinear interpolation.
/// parameters: top, left, height, width in pixels.
SSLX_API torch::Tensor resized_crop(const torch::Tensor& images, const torch::Tensor& parameters,
                                    int64_t height, int64_t width);

/// Mirrors left and right where the image's parameter is not 0.
SSLX_API torch::Tensor horizontal_flip(const torch::Tensor& images,
                                       const torch::Tensor& parameters);

/// How many numbers color_jitter takes for an image.
inline constexpr int64_t kJitterParameters = 6;

/// Brightness, contrast, saturation and hue in a drawn order, each clamped to [0, 1].
/// parameters: whether at all; the factors of the first three (1 changes nothing); the hue's shift
/// in turns (0 changes nothing); the order, an index into the 24 permutations of the four in
/// lexicographic order. Gray images keep brightness and contrast and leave out the other two.
SSLX_API torch::Tensor color_jitter(const torch::Tensor& images, const torch::Tensor& parameters);

/// All channels become the luma where the image's parameter is not 0; gray images stay as they are.
SSLX_API torch::Tensor grayscale(const torch::Tensor& images, const torch::Tensor& parameters);

/// (x - mean) / deviation, channel by channel; one value serves all channels. Throws Error(kInput)
/// when there are neither one nor as many values as channels.
SSLX_API torch::Tensor normalize(const torch::Tensor& images, const std::vector<double>& mean,
                                 const std::vector<double>& deviation);

/// The same by tensor operations, on any device.
namespace tensor_path {
SSLX_API torch::Tensor resized_crop(const torch::Tensor& images, const torch::Tensor& parameters,
                                    int64_t height, int64_t width);
SSLX_API torch::Tensor horizontal_flip(const torch::Tensor& images,
                                       const torch::Tensor& parameters);
SSLX_API torch::Tensor color_jitter(const torch::Tensor& images, const torch::Tensor& parameters);
SSLX_API torch::Tensor grayscale(const torch::Tensor& images, const torch::Tensor& parameters);
SSLX_API torch::Tensor normalize(const torch::Tensor& images, const std::vector<double>& mean,
                                 const std::vector<double>& deviation);
}  // namespace tensor_path

/// Throws Error(kInput) unless images are [N, 1 or 3, H, W], uint8 or float32; returns them
/// contiguous.
SSLX_API torch::Tensor checked(const torch::Tensor& images, const char* operation);

/// The four operations of color_jitter in the order with this index: 0 brightness, 1 contrast,
/// 2 saturation, 3 hue.
SSLX_API std::array<int, 4> jitter_order(int index);

}  // namespace sslx::image_ops
