// Nothing happens: the place of an operation in a sweep that goes without it.
#include <sslx/augmentation.h>

namespace {

class Identity : public sslx::Fixed {
 public:
  explicit Identity(const sslx::Parameters&) {}

  torch::Tensor apply(torch::Tensor images, const torch::Tensor&) const override {
    return sslx::to_unit_float(images);
  }
};

}  // namespace

SSLX_AUGMENTATION(Identity, "identity", "1.0.0", "the image as it is", "", sslx::no_parameters);
