// Normalisation: (x - mean) / std, channel by channel. The defaults are ImageNet's.
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

namespace {

constexpr std::array kParameters{
    sslx::reals("mean", {0.485, 0.456, 0.406}, "one a channel, or one for all; of values in 0..1"),
    sslx::reals("std", {0.229, 0.224, 0.225}, "one a channel, or one for all").above(0)};

class Normalize : public sslx::Fixed {
 public:
  explicit Normalize(const sslx::Parameters& parameters)
      : mean_(parameters.reals("mean")), deviation_(parameters.reals("std")) {
    if (mean_.empty() || mean_.size() != deviation_.size()) {
      throw sslx::input_error("normalize's mean and std must be lists of the same length");
    }
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor&) const override {
    return sslx::image_ops::normalize(std::move(images), mean_, deviation_);
  }

 private:
  std::vector<double> mean_;
  std::vector<double> deviation_;
};

}  // namespace

SSLX_AUGMENTATION(Normalize, "normalize", "1.0.0",
                  "subtracts the mean and divides by the deviation", "", kParameters);
