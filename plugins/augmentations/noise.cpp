// Gaussian noise, independent in every pixel and channel. The numbers that are drawn for an image
// are its deviation and the key of a random stream of its own.
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

namespace {

constexpr std::array kParameters{
    sslx::reals("sigma", {0.1, 0.1}, "least and most deviation, of values in 0..1").between(0, 1),
    sslx::real("probability", 1.0, "how often an image gets noise").between(0, 1)};

class Noise : public sslx::Augmentation {
 public:
  explicit Noise(const sslx::Parameters& parameters)
      : probability_(static_cast<float>(parameters.real("probability"))) {
    const std::vector<double>& sigma = parameters.reals("sigma");
    if (sigma.size() != 2 || sigma[0] > sigma[1]) {
      throw sslx::input_error("noise's sigma must be two numbers, the least and the most");
    }
    least_ = static_cast<float>(sigma[0]);
    most_ = static_cast<float>(sigma[1]);
  }

  int64_t parameter_count() const override { return 3; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    const bool chosen = random.bernoulli(probability_);
    const float sigma = random.uniform(least_, most_);
    out[0] = chosen ? sigma : 0.0F;
    out[1] = static_cast<float>(random.next() >> 8);  // 24 bits: exact in a float.
    out[2] = static_cast<float>(random.next() >> 8);
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& rows) const override {
    return sslx::image_ops::gaussian_noise(std::move(images), rows);
  }

 private:
  float least_ = 0;
  float most_ = 0;
  float probability_;
};

}  // namespace

SSLX_AUGMENTATION(Noise, "noise", "1.0.0", "Gaussian noise on every value",
                  "Chen et al. 2020, arXiv:2002.05709, figure 4", kParameters);
