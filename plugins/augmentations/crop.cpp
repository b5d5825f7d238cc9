// Random resized crop: a box of random area and aspect, resized to a square with antialiased
// interpolation (bilinear; BYOL and DINO take bicubic). Szegedy et al. 2014, arXiv:1409.4842;
// sampling as torchvision's RandomResizedCrop: ten tries, then the largest centred box of an
// allowed aspect.
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <cmath>

namespace {

constexpr std::array kParameters{
    sslx::integer("size", 0, "side of the result in pixels; 0 keeps the image's height and width")
        .at_least(0),
    sslx::reals("scale", {0.08, 1.0}, "least and most share of the image's area").between(0, 1),
    sslx::reals("ratio", {3.0 / 4.0, 4.0 / 3.0}, "least and most width over height").above(0),
    sslx::choice("interpolation", "bilinear", "bilinear|bicubic", "how the box is resized")};

/// A range that reaches beyond 0.
sslx::Range positive_range(const sslx::Parameters& parameters, const char* name) {
  const sslx::Range range = sslx::range_of(parameters, "crop", name);
  if (range.high <= 0) {
    throw sslx::input_error(std::string("crop's ") + name +
                            " must be two numbers, the least and the most");
  }
  return range;
}

/// Top, left, height, width; whole pixels.
struct Box {
  int64_t top, left, height, width;
};

class Crop : public sslx::Augmentation {
 public:
  explicit Crop(const sslx::Parameters& parameters)
      : size_(parameters.integer("size")),
        scale_(positive_range(parameters, "scale")),
        ratio_(positive_range(parameters, "ratio")),
        interpolation_(parameters.choice("interpolation") == "bicubic"
                           ? sslx::Interpolation::kBicubic
                           : sslx::Interpolation::kBilinear) {}

  int64_t parameter_count() const override { return 4; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape& shape,
              std::span<float> out) const override {
    const Box box = draw(random, shape);
    out[0] = static_cast<float>(box.top);
    out[1] = static_cast<float>(box.left);
    out[2] = static_cast<float>(box.height);
    out[3] = static_cast<float>(box.width);
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& boxes) const override {
    const sslx::ImageShape shape = output_shape({images.size(1), images.size(2), images.size(3)});
    return sslx::image_ops::resized_crop(std::move(images), boxes, shape.height, shape.width,
                                         interpolation_);
  }

  sslx::ImageShape output_shape(const sslx::ImageShape& shape) const override {
    return size_ == 0 ? shape : sslx::ImageShape{shape.channels, size_, size_};
  }

  bool reads_only_a_box() const override { return true; }

 private:
  Box draw(sslx::RandomStream& random, const sslx::ImageShape& shape) const {
    const double area = static_cast<double>(shape.height) * static_cast<double>(shape.width);
    const double low = std::log(ratio_.low);
    const double high = std::log(ratio_.high);
    for (int attempt = 0; attempt < 10; ++attempt) {
      const double target = area * (scale_.low + (scale_.high - scale_.low) * random.uniform());
      const double ratio = std::exp(low + (high - low) * random.uniform());
      const auto width = std::llround(std::sqrt(target * ratio));
      const auto height = std::llround(std::sqrt(target / ratio));
      if (width < 1 || width > shape.width || height < 1 || height > shape.height) continue;
      return {random.below(static_cast<uint32_t>(shape.height - height + 1)),
              random.below(static_cast<uint32_t>(shape.width - width + 1)), height, width};
    }
    return centre(shape);
  }

  Box centre(const sslx::ImageShape& shape) const {
    int64_t width = shape.width;
    int64_t height = shape.height;
    const double ratio = static_cast<double>(width) / static_cast<double>(height);
    if (ratio < ratio_.low) {
      height = std::llround(static_cast<double>(width) / ratio_.low);
    } else if (ratio > ratio_.high) {
      width = std::llround(static_cast<double>(height) * ratio_.high);
    }
    width = std::max<int64_t>(width, 1);
    height = std::max<int64_t>(height, 1);
    return {(shape.height - height) / 2, (shape.width - width) / 2, height, width};
  }

  int64_t size_;
  sslx::Range scale_;
  sslx::Range ratio_;
  sslx::Interpolation interpolation_;
};

}  // namespace

SSLX_AUGMENTATION(Crop, "crop", "1.0.0", "a random box of the image, resized (random resized crop)",
                  "Szegedy et al. 2014, arXiv:1409.4842", kParameters);
