// RandAugment: some operations drawn from PIL's, each at about the same magnitude (Cubuk et al.
// 2019, arXiv:1909.13719), as InfoMin Aug has it: two of fifteen at magnitude 10 with a deviation
// of 0.5, each left out half of the time. Its code also draws bilinear or bicubic interpolation;
// here it is bilinear.
#include <sslx/augmentation.h>
#include <sslx/error.h>

#include <algorithm>
#include <cmath>

#include "rand_operations.h"

namespace {

using sslx::RandOperation;
using torch::Tensor;

constexpr std::array kParameters{
    sslx::integer("count", 2, "operations that are drawn, n").between(0, 16),
    sslx::real("magnitude", 10, "m, of 10").between(0, 10),
    sslx::real("deviation", 0.5, "of the magnitude, which stays between 0 and 10").at_least(0),
    sslx::real("probability", 0.5, "how often a drawn operation is done").between(0, 1),
    sslx::choice("from", "all", "all|no_color",
                 "no_color: the eight that keep colours, for views in another colour space (CMC)"),
    sslx::reals("fill", {0.485, 0.456, 0.406}, "what comes in at the borders, one a channel")
        .between(0, 1)};

class RandAugment : public sslx::Augmentation {
 public:
  explicit RandAugment(const sslx::Parameters& parameters)
      : count_(parameters.integer("count")),
        magnitude_(static_cast<float>(parameters.real("magnitude"))),
        deviation_(static_cast<float>(parameters.real("deviation"))),
        probability_(static_cast<float>(parameters.real("probability"))),
        colors_(parameters.choice("from") == "all"),
        fill_(parameters.reals("fill")) {
    if (fill_.empty()) throw sslx::input_error("rand_augment's fill must have a number a channel");
  }

  /// Of each operation: which, its level and its sign.
  int64_t parameter_count() const override { return 3 * count_; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    for (size_t i = 0; i < out.size(); i += 3) {
      // The fifteen have no identity, the eight have one.
      const uint32_t drawn =
          colors_ ? 1 + random.below(sslx::kCount - 1) : random.below(sslx::kEqualize);
      const float level = std::clamp(magnitude_ + deviation_ * random.normal(), 0.0F, 10.0F);
      const float sign = random.bernoulli(0.5F) ? 1.0F : -1.0F;
      out[i] = random.bernoulli(probability_) ? static_cast<float>(drawn) : float{sslx::kIdentity};
      out[i + 1] = level;
      out[i + 2] = sign;
    }
  }

  Tensor apply(Tensor images, const Tensor& rows) const override {
    const Tensor unit = sslx::to_unit_float(images);
    std::vector<Tensor> out;
    for (int64_t n = 0; n < unit.size(0); ++n) out.push_back(augmented(unit[n], rows[n]));
    return out.empty() ? unit : torch::stack(out);
  }

 private:
  /// What no operation touches keeps its values between the levels.
  Tensor augmented(const Tensor& image, const Tensor& row) const {
    const float* numbers = row.const_data_ptr<float>();
    Tensor levels = (image.to(torch::kFloat64) * 255).round().clamp(0, 255);
    bool changed = false;
    for (int64_t i = 0; i < 3 * count_; i += 3) {
      const auto operation = static_cast<RandOperation>(std::lround(numbers[i]));
      if (operation == sslx::kIdentity) continue;
      changed = true;
      levels =
          done(operation, levels, double{numbers[i + 1]}, double{numbers[i + 2]}, fill(levels));
    }
    return changed ? (levels / 255).to(torch::kFloat32) : image;
  }

  /// [C, 1, 1] whole levels; images of other channels get the mean.
  Tensor fill(const Tensor& image) const {
    Tensor out = (torch::tensor(fill_, torch::kFloat64) * 255).round();
    if (out.size(0) != image.size(0)) out = out.mean().round().expand({image.size(0)});
    return out.view({-1, 1, 1}).to(image.device());
  }

  int64_t count_;
  float magnitude_;
  float deviation_;
  float probability_;
  bool colors_;
  std::vector<double> fill_;
};

}  // namespace

SSLX_AUGMENTATION(RandAugment, "rand_augment", "1.0.0",
                  "some of PIL's operations, drawn, at one magnitude",
                  "Cubuk et al. 2019, arXiv:1909.13719; Tian et al. 2020, arXiv:2005.10243",
                  kParameters);
