// Colour drop: with a probability all channels become the luma. Gray images stay as they are.
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

namespace {

constexpr std::array kParameters{
    sslx::real("probability", 0.2, "how often an image loses its colour").between(0, 1)};

class Grayscale : public sslx::Sometimes {
 public:
  explicit Grayscale(const sslx::Parameters& parameters) : Sometimes(parameters) {}

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& flags) const override {
    return sslx::image_ops::grayscale(std::move(images), flags);
  }
};

}  // namespace

SSLX_AUGMENTATION(Grayscale, "grayscale", "1.0.0", "colour dropped to luma in every channel",
                  "Chen et al. 2020, arXiv:2002.05709, appendix A", kParameters);
