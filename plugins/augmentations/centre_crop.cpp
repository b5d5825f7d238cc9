// The middle of the image, after its shorter side was brought to a length: how test images are
// prepared (256 to 224 pixels on ImageNet). Without chance.
#include <fmt/format.h>
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>

namespace {

constexpr std::array kParameters{
    sslx::integer("size", 0, "side of the square that is kept, in pixels; 0: the shorter side")
        .at_least(0),
    sslx::integer("resize", 0,
                  "the shorter side is brought to it first; 0 leaves the image as it is")
        .at_least(0),
    sslx::choice("interpolation", "bilinear", "bilinear|bicubic", "how the image is resized")};

class CentreCrop : public sslx::Fixed {
 public:
  explicit CentreCrop(const sslx::Parameters& parameters)
      : size_(parameters.integer("size")),
        resize_(parameters.integer("resize")),
        interpolation_(parameters.choice("interpolation") == "bicubic"
                           ? sslx::Interpolation::kBicubic
                           : sslx::Interpolation::kBilinear) {
    if (resize_ != 0 && resize_ < size_) {
      throw sslx::input_error(fmt::format(
          "centre_crop's size is {}, and the image is brought to {}; it must be at most that",
          size_, resize_));
    }
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor&) const override {
    images = resized(std::move(images));
    const int64_t height = images.size(2), width = images.size(3);
    const int64_t side = side_of(height, width);
    // As torchvision rounds it.
    const int64_t top = (height - side + 1) / 2, left = (width - side + 1) / 2;
    return sslx::to_unit_float(images.narrow(2, top, side).narrow(3, left, side)).contiguous();
  }

  sslx::ImageShape output_shape(const sslx::ImageShape& shape) const override {
    const bool whole = resize_ == 0;
    const int64_t side = whole ? side_of(shape.height, shape.width) : side_of(resize_, resize_);
    return {shape.channels, side, side};
  }

 private:
  int64_t side_of(int64_t height, int64_t width) const {
    const int64_t shorter = std::min(height, width);
    if (size_ <= shorter) return size_ == 0 ? shorter : size_;
    throw sslx::input_error(fmt::format(
        "centre_crop's size is {}, and the image has {} x {} pixels; it must be at most its side",
        size_, width, height));
  }

  torch::Tensor resized(torch::Tensor images) const {
    const int64_t height = images.size(2), width = images.size(3);
    const int64_t shorter = std::min(height, width);
    if (resize_ == 0 || resize_ == shorter) return images;
    const auto side = [&](int64_t old) { return resize_ * old / shorter; };
    const torch::Tensor whole =
        torch::tensor({0.0F, 0.0F, static_cast<float>(height), static_cast<float>(width)})
            .repeat({images.size(0), 1});
    return sslx::image_ops::resized_crop(std::move(images), whole, side(height), side(width),
                                         interpolation_);
  }

  int64_t size_, resize_;
  sslx::Interpolation interpolation_;
};

}  // namespace

SSLX_AUGMENTATION(CentreCrop, "centre_crop", "1.0.0",
                  "the middle of the image, resized first: how test images are prepared", "",
                  kParameters);
