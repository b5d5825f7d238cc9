// Solarization: bright pixels are inverted. Half of the range is BYOL's threshold (128 of 255).
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

namespace {

constexpr std::array kParameters{
    sslx::real("threshold", 0.5, "values from here on become 1 - x").at_least(0),
    sslx::real("probability", 0.2, "how often an image is solarized").between(0, 1)};

class Solarize : public sslx::Sometimes {
 public:
  explicit Solarize(const sslx::Parameters& parameters)
      : Sometimes(parameters), threshold_(parameters.real("threshold")) {}

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& flags) const override {
    return sslx::image_ops::solarize(std::move(images), flags, threshold_);
  }

 private:
  double threshold_;
};

}  // namespace

SSLX_AUGMENTATION(Solarize, "solarize", "1.0.0", "bright pixels inverted",
                  "Grill et al. 2020, arXiv:2006.07733, appendix B", kParameters);
