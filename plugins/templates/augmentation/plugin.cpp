// @NAME@: turns the bright pixels of some images into dark ones.
// It begins as the solarization of BYOL, Grill et al. 2020, arXiv:2006.07733, appendix B.
#include <sslx/augmentation.h>

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("probability", 0.5, "how often an image is changed").between(0, 1),
    sslx::real("threshold", 0.5, "pixels from here on are inverted").between(0, 1)};

class @TYPE@ : public sslx::Augmentation {
 public:
  explicit @TYPE@(const sslx::Parameters& parameters)
      : probability_(static_cast<float>(parameters.real("probability"))),
        threshold_(parameters.real("threshold")) {}

  // Draws what one image needs, here a single number: 1 to change it, 0 to leave it.
  int64_t parameter_count() const override { return 1; }
  void sample(sslx::RandomStream& random, const sslx::ImageShape& /*shape*/,
              std::span<float> parameters) const override {
    parameters[0] = random.bernoulli(probability_) ? 1.0F : 0.0F;
  }

  // Changes the whole batch at once, from the images and the drawn numbers alone.
  Tensor apply(Tensor images, const Tensor& parameters) const override {
    const Tensor pixels = sslx::to_unit_float(images);
    const Tensor chosen = parameters.to(images.device()).view({-1, 1, 1, 1}) > 0.5;
    return torch::where(chosen.logical_and(pixels >= threshold_), 1 - pixels, pixels);
  }

 private:
  float probability_;
  double threshold_;
};

}  // namespace

SSLX_AUGMENTATION(@TYPE@, "@NAME@", "0.1.0", "inverts the bright pixels of some images",
                  "Grill et al. 2020, arXiv:2006.07733", kParameters);
