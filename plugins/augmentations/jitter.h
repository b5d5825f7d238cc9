// How colour jitter is drawn, for a whole image or for a patch: a factor of brightness, contrast
// and saturation is uniform in [max(0, 1-s), 1+s], the hue's shift in [-s, s] turns, and the four
// come in a random order (SimCLR, arXiv:2002.05709, appendix A).
#pragma once

#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <array>
#include <span>

namespace sslx {

class Jitter {
 public:
  /// The strengths are the parameters brightness, contrast, saturation and hue; `probability` is
  /// how often there is any jitter.
  Jitter(const Parameters& parameters, double probability)
      : probability_(static_cast<float>(probability)),
        factors_{static_cast<float>(parameters.real("brightness")),
                 static_cast<float>(parameters.real("contrast")),
                 static_cast<float>(parameters.real("saturation"))},
        hue_(static_cast<float>(parameters.real("hue"))) {}

  /// The kJitterParameters numbers that image_ops::color_jitter takes.
  void draw(RandomStream& random, std::span<float> out) const {
    out[0] = random.flag(probability_);
    for (size_t i = 0; i < factors_.size(); ++i) {
      const float strength = factors_[i];
      out[1 + i] = random.uniform(std::max(0.0F, 1.0F - strength), 1.0F + strength);
    }
    out[4] = random.uniform(-hue_, hue_);
    out[5] = static_cast<float>(random.below(24));
  }

 private:
  float probability_;
  std::array<float, 3> factors_;
  float hue_;
};

}  // namespace sslx
