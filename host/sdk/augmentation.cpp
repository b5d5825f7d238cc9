#include <sslx/augmentation.h>
#include <sslx/error.h>

#include <string>

namespace sslx {

Augmentation::~Augmentation() = default;

ImageShape Augmentation::output_shape(const ImageShape& shape) const { return shape; }
bool Augmentation::reads_only_a_box() const { return false; }

Fixed::~Fixed() = default;

Sometimes::Sometimes(const Parameters& parameters)
    : probability_(static_cast<float>(parameters.real("probability"))) {}
Sometimes::~Sometimes() = default;

void Sometimes::sample(RandomStream& random, const ImageShape&, std::span<float> out) const {
  out[0] = random.flag(probability_);
}

Range range_of(const Parameters& parameters, const char* plugin, const char* name) {
  const std::vector<double>& values = parameters.reals(name);
  if (values.size() != 2 || values[0] > values[1]) {
    throw input_error(std::string(plugin) + "'s " + name +
                      " must be two numbers, the least and the most");
  }
  return {values[0], values[1]};
}

float drawn(RandomStream& random, const Range& range) {
  return random.uniform(static_cast<float>(range.low), static_cast<float>(range.high));
}

float drawn_sometimes(RandomStream& random, float probability, const Range& range) {
  const bool chosen = random.bernoulli(probability);
  const float value = drawn(random, range);
  return chosen ? value : 0.0F;
}

torch::Tensor to_unit_float(const torch::Tensor& images) {
  if (images.scalar_type() == torch::kUInt8) return images.to(torch::kFloat32).div_(255.0);
  return images;
}

}  // namespace sslx
