// Which operations RandAugment draws from, and what a level means for each: the authors of InfoMin
// have TensorFlow's scales (arXiv:1909.13719's code, EfficientNet's for posterize).
#pragma once

#include <cmath>
#include <numbers>

#include "pil_operations.h"

namespace sslx {

/// In the order of the parameters' first number; the first eight keep colours.
enum RandOperation : uint32_t {
  kIdentity,
  kAutoContrast,
  kRotate,
  kSharpness,
  kShearX,
  kShearY,
  kTranslateX,
  kTranslateY,
  kEqualize,
  kInvert,
  kPosterize,
  kSolarize,
  kSolarizeAdd,
  kColor,
  kContrast,
  kBrightness,
  kCount
};

/// One of them on whole levels. `level` is 0 to 10; `sign` turns, shears and shifts the other way.
inline torch::Tensor done(RandOperation operation, const torch::Tensor& image, double level,
                          double sign, const torch::Tensor& fill) {
  const double share = level / 10;
  const double factor = 0.1 + 1.8 * share;
  const auto height = static_cast<double>(image.size(1));
  const auto width = static_cast<double>(image.size(2));
  const double angle = -sign * share * 30 * std::numbers::pi / 180;
  const double c = std::cos(angle), s = std::sin(angle);
  switch (operation) {
    case kAutoContrast:
      return pil::auto_contrast(image);
    case kEqualize:
      return pil::equalize(image);
    case kInvert:
      return 255 - image;
    case kPosterize:
      return pil::posterize(image, static_cast<int64_t>(share * 4));
    case kSolarize:
      return pil::solarize(image, std::trunc(share * 256));
    case kSolarizeAdd:
      return pil::solarize_add(image, std::trunc(share * 110));
    case kColor:
      return pil::blend(pil::luma(image), image, factor);
    case kContrast:
      return pil::contrast(image, factor);
    case kBrightness:
      return pil::blend(torch::zeros_like(image), image, factor);
    case kSharpness:
      return pil::sharpness(image, factor);
    case kShearX:
      return pil::affine(image, {1, sign * share * 0.3, 0, 0, 1, 0}, fill);
    case kShearY:
      return pil::affine(image, {1, 0, 0, sign * share * 0.3, 1, 0}, fill);
    case kTranslateX:
      return pil::affine(image, {1, 0, sign * share * 0.45 * width, 0, 1, 0}, fill);
    case kTranslateY:
      return pil::affine(image, {1, 0, 0, 0, 1, sign * share * 0.45 * height}, fill);
    case kRotate:
      return pil::affine(image,
                         {c, s, (width - c * width - s * height) / 2, -s, c,
                          (height + s * width - c * height) / 2},
                         fill);
    default:
      return image;
  }
}

}  // namespace sslx
