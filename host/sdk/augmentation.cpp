#include <sslx/augmentation.h>
#include <sslx/error.h>

#include <string>

namespace sslx {

Augmentation::~Augmentation() = default;

ImageShape Augmentation::output_shape(const ImageShape& shape) const { return shape; }
bool Augmentation::reads_only_a_box() const { return false; }

Range range_of(const Parameters& parameters, const char* plugin, const char* name) {
  const std::vector<double>& values = parameters.reals(name);
  if (values.size() != 2 || values[0] > values[1]) {
    throw input_error(std::string(plugin) + "'s " + name +
                      " must be two numbers, the least and the most");
  }
  return {values[0], values[1]};
}

torch::Tensor to_unit_float(const torch::Tensor& images) {
  if (images.scalar_type() == torch::kUInt8) return images.to(torch::kFloat32).div_(255.0);
  return images;
}

}  // namespace sslx
