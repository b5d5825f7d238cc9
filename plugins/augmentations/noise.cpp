// Gaussian noise, independent in every pixel and channel. The numbers that are drawn for an image
// are its deviation and the key of a random stream of its own.
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

namespace {

constexpr std::array kParameters{
    sslx::reals("sigma", {0.1, 0.1}, "least and most deviation, of values in 0..1").between(0, 1),
    sslx::real("probability", 1.0, "how often an image gets noise").between(0, 1)};

class Noise : public sslx::Augmentation {
 public:
  explicit Noise(const sslx::Parameters& parameters)
      : sigma_(sslx::range_of(parameters, "noise", "sigma")),
        probability_(static_cast<float>(parameters.real("probability"))) {}

  int64_t parameter_count() const override { return 3; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    out[0] = sslx::drawn_sometimes(random, probability_, sigma_);
    out[1] = random.key();
    out[2] = random.key();
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& rows) const override {
    return sslx::image_ops::gaussian_noise(std::move(images), rows);
  }

 private:
  sslx::Range sigma_;
  float probability_;
};

}  // namespace

SSLX_AUGMENTATION(Noise, "noise", "1.0.0", "Gaussian noise on every value",
                  "Chen et al. 2020, arXiv:2002.05709, figure 4", kParameters);
