// Gaussian blur with a random sigma. By default the kernel spans a tenth of the image's side (23
// taps at 224 pixels), as SimCLR's.
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>

namespace {

constexpr std::array kParameters{
    sslx::reals("sigma", {0.1, 2.0}, "least and most deviation, in pixels").above(0),
    sslx::integer("kernel", 0, "taps, an odd number; 0: a tenth of the shorter side").at_least(0),
    sslx::real("probability", 0.5, "how often an image is blurred").between(0, 1)};

class Blur : public sslx::Augmentation {
 public:
  explicit Blur(const sslx::Parameters& parameters)
      : sigma_(sslx::range_of(parameters, "blur", "sigma")),
        kernel_(parameters.integer("kernel")),
        probability_(static_cast<float>(parameters.real("probability"))) {
    if (kernel_ != 0 && kernel_ % 2 == 0) {
      throw sslx::input_error("blur's kernel must be an odd number, or 0");
    }
  }

  int64_t parameter_count() const override { return 1; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    out[0] = sslx::drawn_sometimes(random, probability_, sigma_);
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& sigmas) const override {
    const int64_t taps = kernel_ == 0 ? tenth(std::min(images.size(2), images.size(3))) : kernel_;
    return sslx::image_ops::gaussian_blur(std::move(images), sigmas, taps);
  }

 private:
  /// An odd number of taps about a tenth of `side`: 3 at 32 pixels, 9 at 96, 23 at 224.
  static int64_t tenth(int64_t side) { return (side / 10) | 1; }

  sslx::Range sigma_;
  int64_t kernel_;
  float probability_;
};

}  // namespace

SSLX_AUGMENTATION(Blur, "blur", "1.0.0", "Gaussian blur with a random sigma",
                  "Chen et al. 2020, arXiv:2002.05709, appendix A", kParameters);
