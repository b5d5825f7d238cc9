// RGB to CIE L*a*b*, whole or one of the two views into which CMC splits an image: lightness, and
// the two colour axes. The values are Lab's own (L 0..100, a and b about -100..100), or scaled to
// CMC's [-1, 1].
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

namespace {

using sslx::image_ops::LabChannels;

constexpr std::array kParameters{
    sslx::choice("channels", "lab", "lab|l|ab", "all three, lightness alone, or colour alone"),
    sslx::boolean("scaled", true, "each channel brought to about [-1, 1], by the range of sRGB")};

/// Least and most of L, a and b over the sRGB cube.
constexpr std::array<std::array<double, 2>, 3> kRange{
    {{0, 100}, {-86.1827, 98.2331}, {-107.857, 94.4780}}};

class Lab : public sslx::Fixed {
 public:
  explicit Lab(const sslx::Parameters& parameters) {
    const std::string& name = parameters.choice("channels");
    channels_ = name == "l"    ? LabChannels::kLightness
                : name == "ab" ? LabChannels::kColour
                               : LabChannels::kAll;
    if (!parameters.boolean("scaled")) return;
    for (size_t i = name == "ab" ? 1 : 0; i < (name == "l" ? 1U : 3U); ++i) {
      mean_.push_back((kRange[i][0] + kRange[i][1]) / 2);
      deviation_.push_back((kRange[i][1] - kRange[i][0]) / 2);
    }
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor&) const override {
    torch::Tensor lab = sslx::image_ops::rgb_to_lab(std::move(images), channels_);
    if (mean_.empty()) return lab;
    return sslx::image_ops::normalize(std::move(lab), mean_, deviation_);
  }

  sslx::ImageShape output_shape(const sslx::ImageShape& shape) const override {
    const int64_t count = channels_ == LabChannels::kAll         ? 3
                          : channels_ == LabChannels::kLightness ? 1
                                                                 : 2;
    return {count, shape.height, shape.width};
  }

 private:
  LabChannels channels_;
  std::vector<double> mean_;
  std::vector<double> deviation_;
};

}  // namespace

SSLX_AUGMENTATION(Lab, "lab", "1.0.0", "RGB to L*a*b*, whole or split into L and ab",
                  "Tian et al. 2020, arXiv:1906.05849, section 4.1", kParameters);
