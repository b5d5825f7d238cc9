// What the CPU loops of the image operations share. Each loop runs over planar rows without a
// branch on a pixel, so that it vectorises; SSLX_MULTIVERSION picks the machine's vector width.
#pragma once

#include <sslx/multiversion.h>
#include <torch/torch.h>

#include <cstdint>

namespace sslx::image_ops {

/// The channels of one image, `size` pixels each; of a gray one there is red alone.
struct Planes {
  float* red;
  float* green;
  float* blue;
  int64_t size;
  bool gray;
};

Planes planes_of(const torch::Tensor& images, int64_t n);

/// float32 in 0..1 that may be changed in place: the images themselves when nobody else holds them
/// (the caller moved them here), else a copy.
torch::Tensor changeable(torch::Tensor images);

/// The numbers that gaussian_noise adds for these parameters at a deviation of 1, on the CPU.
torch::Tensor normal_field(at::IntArrayRef sizes, const torch::Tensor& parameters);

/// The first of the image's values, all channels.
inline float* values_of(const torch::Tensor& images, int64_t n) {
  return images.mutable_data_ptr<float>() + n * images.stride(0);
}

/// Row `n` of the parameters, which must be contiguous.
inline const float* row_of(const torch::Tensor& parameters, int64_t n) {
  return parameters.const_data_ptr<float>() + n * parameters.size(1);
}

SSLX_INLINE float unit(float x) {
  x = x < 0.0F ? 0.0F : x;
  return x > 1.0F ? 1.0F : x;
}

constexpr float kRed = 0.2989F;
constexpr float kGreen = 0.587F;
constexpr float kBlue = 0.114F;

SSLX_INLINE float luma(float r, float g, float b) { return kRed * r + kGreen * g + kBlue * b; }

}  // namespace sslx::image_ops
