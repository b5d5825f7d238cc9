// Colour jitter: brightness, contrast, saturation and hue in random order, drawn as jitter.h says.
// Defaults are SimCLR's at strength 1. Gray images get brightness and contrast; saturation and hue
// have no meaning there and are left out.
#include "jitter.h"

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
      : jitter_(parameters, parameters.real("probability")) {}

  int64_t parameter_count() const override { return sslx::image_ops::kJitterParameters; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    jitter_.draw(random, out);
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& rows) const override {
    return sslx::image_ops::color_jitter(std::move(images), rows);
  }

 private:
  sslx::Jitter jitter_;
};

}  // namespace

SSLX_AUGMENTATION(Color, "color", "1.0.0",
                  "brightness, contrast, saturation and hue in random order",
                  "Chen et al. 2020, arXiv:2002.05709, appendix A", kParameters);
