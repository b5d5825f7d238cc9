#include "host/sdk/images/batch.h"

#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <cstring>
#include <string>

namespace sslx::image_ops {
namespace {

bool held_here_alone(const torch::Tensor& images) {
  return images.use_count() == 1 && images.storage().use_count() == 1;
}

}  // namespace

torch::Tensor checked(torch::Tensor images, const char* operation, bool any_channels) {
  const bool type =
      images.scalar_type() == torch::kUInt8 || images.scalar_type() == torch::kFloat32;
  const bool shape = images.dim() == 4 && images.numel() > 0 &&
                     (any_channels || images.size(1) == 1 || images.size(1) == 3);
  if (!type || !shape) {
    throw input_error(std::string(operation) + " works on uint8 or float32 images [N, C, H, W]" +
                      (any_channels ? "" : " with 1 or 3 channels"));
  }
  return images.is_contiguous() ? std::move(images) : images.contiguous();
}

torch::Tensor changeable(torch::Tensor images) {
  if (images.scalar_type() == torch::kFloat32 && held_here_alone(images)) return images;
  torch::Tensor out = torch::empty(images.sizes(), torch::kFloat32);
  if (images.scalar_type() == torch::kUInt8) {
    bytes_to_unit(out.mutable_data_ptr<float>(), images.const_data_ptr<uint8_t>(), images.numel());
  } else {
    std::memcpy(out.mutable_data_ptr<float>(), images.const_data_ptr<float>(),
                static_cast<size_t>(images.numel()) * sizeof(float));
  }
  return out;
}

Planes planes_of(const torch::Tensor& images, int64_t n) {
  const int64_t size = images.size(2) * images.size(3);
  float* first = values_of(images, n);
  if (images.size(1) == 1) return {first, nullptr, nullptr, size, true};
  return {first, first + size, first + 2 * size, size, false};
}

}  // namespace sslx::image_ops
