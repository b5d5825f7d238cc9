#include <sslx/augmentation.h>

namespace sslx {

Augmentation::~Augmentation() = default;

ImageShape Augmentation::output_shape(const ImageShape& shape) const { return shape; }

torch::Tensor to_unit_float(const torch::Tensor& images) {
  if (images.scalar_type() == torch::kUInt8) return images.to(torch::kFloat32).div_(255.0);
  return images;
}

}  // namespace sslx
