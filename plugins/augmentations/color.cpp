// Colour jitter: brightness, contrast, saturation and hue in random order. A factor is uniform in
// [max(0, 1-s), 1+s], the hue's shift in [-s, s] turns. Defaults are SimCLR's at strength 1. Gray
// images get brightness and contrast; saturation and hue have no meaning there and are left out.
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

#include <algorithm>

namespace {

constexpr std::array kParameters{
    sslx::real("brightness", 0.8, "strength of brightness").at_least(0),
    sslx::real("contrast", 0.8, "strength of contrast").at_least(0),
    sslx::real("saturation", 0.8, "strength of saturation").at_least(0),
    sslx::real("hue", 0.2, "strength of hue, in turns").between(0, 0.5),
    sslx::real("probability", 0.8, "how often an image is changed at all").between(0, 1)};

class Color : public sslx::Augmentation {
 public:
  explicit Color(const sslx::Parameters& parameters)
      : factors_{static_cast<float>(parameters.real("brightness")),
                 static_cast<float>(parameters.real("contrast")),
                 static_cast<float>(parameters.real("saturation"))},
        hue_(static_cast<float>(parameters.real("hue"))),
        probability_(static_cast<float>(parameters.real("probability"))) {}

  int64_t parameter_count() const override { return sslx::image_ops::kJitterParameters; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    out[0] = random.bernoulli(probability_) ? 1.0F : 0.0F;
    for (size_t i = 0; i < factors_.size(); ++i) {
      const float strength = factors_[i];
      out[1 + i] = random.uniform(std::max(0.0F, 1.0F - strength), 1.0F + strength);
    }
    out[4] = random.uniform(-hue_, hue_);
    out[5] = static_cast<float>(random.below(24));
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& rows) const override {
    return sslx::image_ops::color_jitter(std::move(images), rows);
  }

 private:
  std::array<float, 3> factors_;
  float hue_;
  float probability_;
};

}  // namespace

SSLX_AUGMENTATION(Color, "color", "1.0.0",
                  "brightness, contrast, saturation and hue in random order",
                  "Chen et al. 2020, arXiv:2002.05709, appendix A", kParameters);
