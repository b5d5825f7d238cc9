// Rotation: by one of a list of angles (SimCLR's study: quarter turns), or by any angle of a range.
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

namespace {

constexpr std::array kParameters{
    sslx::reals("angles", {90, 180, 270},
                "degrees counter-clockwise, one of which is drawn; empty: uniform in `range`")
        .between(-360, 360),
    sslx::reals("range", {-30, 30}, "least and most degrees when `angles` is empty")
        .between(-360, 360),
    sslx::real("probability", 1.0, "how often an image is turned").between(0, 1)};

class Rotate : public sslx::Augmentation {
 public:
  explicit Rotate(const sslx::Parameters& parameters)
      : angles_(parameters.reals("angles")),
        range_(sslx::range_of(parameters, "rotate", "range")),
        probability_(static_cast<float>(parameters.real("probability"))) {}

  int64_t parameter_count() const override { return 1; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    const bool chosen = random.bernoulli(probability_);
    const float angle = draw(random);
    out[0] = chosen ? angle : 0.0F;
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& angles) const override {
    return sslx::image_ops::rotate(std::move(images), angles);
  }

 private:
  float draw(sslx::RandomStream& random) const {
    if (angles_.empty()) return sslx::drawn(random, range_);
    return static_cast<float>(angles_[random.below(static_cast<uint32_t>(angles_.size()))]);
  }

  std::vector<double> angles_;
  sslx::Range range_;
  float probability_;
};

}  // namespace

SSLX_AUGMENTATION(Rotate, "rotate", "1.0.0", "turned about its centre",
                  "Chen et al. 2020, arXiv:2002.05709, figure 4", kParameters);
