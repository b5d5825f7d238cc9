// Cutout: a square of the image is covered. Its centre is any pixel, so that it may reach beyond
// the border, where it is cut off. The default is CIFAR-10's in the paper: half of the side.
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <cmath>

namespace {

constexpr std::array kParameters{
    sslx::real("length", 0.5, "side of the square, as a share of the image's shorter side")
        .between(0, 1),
    sslx::reals("fill", {0.5}, "the value that covers it, one for all channels or one a channel")
        .between(0, 1),
    sslx::real("probability", 1.0, "how often an image is covered").between(0, 1)};

class Cutout : public sslx::Augmentation {
 public:
  explicit Cutout(const sslx::Parameters& parameters)
      : length_(parameters.real("length")),
        fill_(parameters.reals("fill")),
        probability_(static_cast<float>(parameters.real("probability"))) {}

  int64_t parameter_count() const override { return 4; }

  /// Top, left, height, width; all 0 for an image that is left as it is.
  void sample(sslx::RandomStream& random, const sslx::ImageShape& shape,
              std::span<float> out) const override {
    const bool chosen = random.bernoulli(probability_);
    const auto side =
        std::llround(length_ * static_cast<double>(std::min(shape.height, shape.width)));
    const Span rows = covered(random, shape.height, side);
    const Span columns = covered(random, shape.width, side);
    std::fill(out.begin(), out.end(), 0.0F);
    if (!chosen) return;
    out[0] = rows.first;
    out[1] = columns.first;
    out[2] = rows.count;
    out[3] = columns.count;
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& boxes) const override {
    return sslx::image_ops::cutout(std::move(images), boxes, fill_);
  }

 private:
  struct Span {
    float first;
    float count;
  };

  /// The part of 0 .. size-1 under a side of that length around a pixel of it.
  static Span covered(sslx::RandomStream& random, int64_t size, int64_t side) {
    const int64_t begin = int64_t{random.below(static_cast<uint32_t>(size))} - side / 2;
    const int64_t first = std::max<int64_t>(begin, 0);
    const int64_t last = std::min(begin + side, size);
    return {static_cast<float>(first), static_cast<float>(last - first)};
  }

  double length_;
  std::vector<double> fill_;
  float probability_;
};

}  // namespace

SSLX_AUGMENTATION(Cutout, "cutout", "1.0.0", "a square of the image is covered",
                  "DeVries and Taylor 2017, arXiv:1708.04552", kParameters);
