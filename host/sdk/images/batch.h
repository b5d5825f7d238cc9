// What the torch side of the image operations shares: batches of images, in place where that is
// allowed.
#pragma once

#include <sslx/torch_base.h>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {

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

/// The images as changeable(), after `change(out, n, row)` of each image with its own parameters.
template <typename Change>
torch::Tensor each_changed(torch::Tensor images, const torch::Tensor& parameters, Change change) {
  torch::Tensor out = changeable(std::move(images));
  const torch::Tensor rows = parameters.contiguous();
  for (int64_t n = 0; n < out.size(0); ++n) change(out, n, row_of(rows, n));
  return out;
}

}  // namespace sslx::image_ops
