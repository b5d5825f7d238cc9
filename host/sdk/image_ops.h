// Image operations on whole batches, shared by the augmentation plugins. `images` is [N, C, H, W],
// uint8 or float32 in [0, 1]; `parameters` is float32 on the CPU, one row an image; results are
// float32 on the images' device. On the CPU vectorised loops do the work, in place where the caller
// moved its only reference here; elsewhere tensor operations do (images/tensor_path.h). The
// semantics are those of torchvision's functional operations on float tensors, or of the library
// that a function names.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/detail/interpolation.h>
#include <sslx/torch_base.h>

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

/// Throws Error(kInput) unless images are [N, C, H, W], uint8 or float32, and C is 1 or 3 or
/// `any_channels` is set; returns them contiguous.
SSLX_API torch::Tensor checked(torch::Tensor images, const char* operation,
                               bool any_channels = false);

}  // namespace sslx::image_ops
