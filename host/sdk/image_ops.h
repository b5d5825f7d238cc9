// Image operations on whole batches, shared by the augmentation plugins. `images` is [N, C, H, W],
// uint8 or float32 in [0, 1]; `parameters` is float32 on the CPU, one row an image; results are
// float32 on the images' device. On the CPU vectorised loops do the work, in place where the caller
// moved its only reference here; elsewhere the tensor operations of `tensor_path` do, which are
// also what the loops are tested against. The semantics are those of torchvision's functional
// operations on float tensors, or of the library that a function names.
#pragma once

#include <sslx/export.h>
#include <sslx/interpolation.h>
#include <sslx/torch.h>

namespace sslx::image_ops {

/// Cuts a box out of each image and resizes it with antialiased interpolation (bicubic: a = -0.5,
/// clamped to [0, 1]). parameters: top, left, height, width in pixels, which may be fractions: then
/// the pixels that the box touches take part. Any number of channels.
SSLX_API torch::Tensor resized_crop(torch::Tensor images, const torch::Tensor& parameters,
                                    int64_t height, int64_t width,
                                    Interpolation interpolation = Interpolation::kBilinear);

/// Mirrors left and right where the image's parameter is not 0. Any number of channels.
SSLX_API torch::Tensor horizontal_flip(torch::Tensor images, const torch::Tensor& parameters);

/// Turns each image counter-clockwise by its parameter in degrees about its centre, bilinear, in
/// the same frame; black comes in at the corners. 0 changes nothing. Quarter turns of square images
/// are exact. Any number of channels.
SSLX_API torch::Tensor rotate(torch::Tensor images, const torch::Tensor& parameters);

/// How many numbers color_jitter takes for an image.
inline constexpr int64_t kJitterParameters = 6;

/// Brightness, contrast, saturation and hue in a drawn order, each clamped to [0, 1].
/// parameters: whether at all; the factors of the first three (1 changes nothing); the hue's shift
/// in turns (0 changes nothing); the order, an index into the 24 permutations of the four in
/// lexicographic order. Gray images keep brightness and contrast and leave out the other two.
SSLX_API torch::Tensor color_jitter(torch::Tensor images, const torch::Tensor& parameters);

/// All channels become the luma where the image's parameter is not 0; gray images stay as they are.
SSLX_API torch::Tensor grayscale(torch::Tensor images, const torch::Tensor& parameters);

/// x -> 1 - x where x >= threshold, in images whose parameter is not 0.
SSLX_API torch::Tensor solarize(torch::Tensor images, const torch::Tensor& parameters,
                                double threshold);

/// Gaussian blur with a kernel of `kernel` taps (odd) and reflected borders. parameters: sigma in
/// pixels, 0 for none. Throws Error(kInput) when the image is not larger than half of the kernel.
SSLX_API torch::Tensor gaussian_blur(torch::Tensor images, const torch::Tensor& parameters,
                                     int64_t kernel);

/// The strength of the edges of the luma in every channel, as skimage.filters.sobel: the root of
/// the mean square of the two derivatives, in [0, 1]; where the image's parameter is not 0.
SSLX_API torch::Tensor sobel(torch::Tensor images, const torch::Tensor& parameters);

/// The derivatives of the luma along x and y in two channels, each in [-1, 1]
/// (scipy.ndimage.sobel / 4).
SSLX_API torch::Tensor sobel_gradients(torch::Tensor images);

/// Adds independent Gaussian noise to every value and clamps to [0, 1]. parameters: the deviation
/// (0 for none), and two whole numbers below 2^24, the key of the image's noise.
SSLX_API torch::Tensor gaussian_noise(torch::Tensor images, const torch::Tensor& parameters);

/// Fills a box: parameters are its top, left, height and width in pixels, 0 high for none. `fill`
/// has one value, or one a channel.
SSLX_API torch::Tensor cutout(torch::Tensor images, const torch::Tensor& parameters,
                              const std::vector<double>& fill);

enum class LabChannels { kAll, kLightness, kColour };

/// sRGB (D65) to CIE L*a*b*: L in 0..100, a and b about -100..100, as skimage.color.rgb2lab.
/// Throws Error(kInput) for gray images.
SSLX_API torch::Tensor rgb_to_lab(torch::Tensor images, LabChannels channels);

/// (x - mean) / deviation, channel by channel; one value serves all channels. Throws Error(kInput)
/// when there are neither one nor as many values as channels.
SSLX_API torch::Tensor normalize(torch::Tensor images, const std::vector<double>& mean,
                                 const std::vector<double>& deviation);

/// The same by tensor operations, on any device.
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

/// Throws Error(kInput) unless images are [N, C, H, W], uint8 or float32, and C is 1 or 3 or
/// `any_channels` is set; returns them contiguous.
SSLX_API torch::Tensor checked(torch::Tensor images, const char* operation,
                               bool any_channels = false);

/// The four operations of color_jitter in the order with this index: 0 brightness, 1 contrast,
/// 2 saturation, 3 hue.
SSLX_API std::array<int, 4> jitter_order(int index);

/// The weights of a Gaussian kernel of `kernel` taps, as torchvision's: they sum to 1.
SSLX_API std::vector<float> gaussian_kernel(int64_t kernel, double sigma);

}  // namespace sslx::image_ops
