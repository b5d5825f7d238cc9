// A small data set and an operation whose result tells exactly which draws it was given.
#pragma once

#include <sslx/image_ops.h>

#include "host/data/view_pipeline.h"

namespace sslx::data {

/// Adds one uniform number to an image, or throws at one image.
class AddDraw : public Augmentation {
 public:
  int64_t parameter_count() const override { return 1; }
  void sample(RandomStream& random, const ImageShape&, std::span<float> out) const override {
    out[0] = random.uniform();
  }
  torch::Tensor apply(torch::Tensor images, const torch::Tensor& draws) const override {
    return to_unit_float(images) + draws.view({-1, 1, 1, 1});
  }
};

/// Real crops and jitter, so that the vectorised loops take part.
class CropAndJitter : public Augmentation {
 public:
  int64_t parameter_count() const override { return 10; }
  void sample(RandomStream& random, const ImageShape& shape, std::span<float> out) const override {
    const auto height = static_cast<uint32_t>(shape.height);
    out[2] = static_cast<float>(1 + random.below(height));
    out[3] = static_cast<float>(1 + random.below(height));
    out[0] = static_cast<float>(random.below(height - static_cast<uint32_t>(out[2]) + 1));
    out[1] = static_cast<float>(random.below(height - static_cast<uint32_t>(out[3]) + 1));
    out[4] = 1;
    for (size_t i = 5; i < 8; ++i) out[i] = random.uniform(0.2F, 1.8F);
    out[8] = random.uniform(-0.2F, 0.2F);
    out[9] = static_cast<float>(random.below(24));
  }
  torch::Tensor apply(torch::Tensor images, const torch::Tensor& draws) const override {
    return image_ops::color_jitter(
        image_ops::resized_crop(images, draws.slice(1, 0, 4), images.size(2), images.size(3)),
        draws.slice(1, 4));
  }
};

class Doubled : public Augmentation {
 public:
  int64_t parameter_count() const override { return 0; }
  void sample(RandomStream&, const ImageShape&, std::span<float>) const override {}
  torch::Tensor apply(torch::Tensor images, const torch::Tensor&) const override {
    return to_unit_float(images) * 2;
  }
};

inline torch::Tensor test_images(int64_t count = 50) {
  return (torch::arange(count * 3 * 8 * 8) * 7919 % 251).to(torch::kUInt8).view({count, 3, 8, 8});
}

/// Both ways to write an augmentation, each by its draw.
inline Recipe real_recipe() {
  return {{std::make_shared<CropAndJitter>()}, {std::make_shared<AddDraw>()}};
}

inline ViewPipeline test_pipeline(const Recipe& recipe, int workers, int64_t count = 50,
                                  bool channels_last = false) {
  return {Images(test_images(count)),
          torch::arange(count) % 10,
          {recipe, recipe},
          42,
          workers,
          channels_last};
}

}  // namespace sslx::data
