// Horizontal flip with a probability.
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

namespace {

constexpr std::array kParameters{
    sslx::real("probability", 0.5, "how often an image is mirrored").between(0, 1)};

class Flip : public sslx::Sometimes {
 public:
  explicit Flip(const sslx::Parameters& parameters) : Sometimes(parameters) {}

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& flags) const override {
    return sslx::image_ops::horizontal_flip(std::move(images), flags);
  }
};

}  // namespace

SSLX_AUGMENTATION(Flip, "flip", "1.0.0", "left and right exchanged, half of the time",
                  "Chen et al. 2020, arXiv:2002.05709, appendix A", kParameters);
