// The image operations of RandAugment as PIL does them, on whole levels: tensors [C, H, W] float64
// that hold 0, 1, ..., 255. PIL cuts fractions off where it computes with real numbers, and so do
// these; tests/reference/rand_augment.py has its values.
#pragma once

#include <sslx/torch_base.h>

#include <array>
#include <vector>

namespace sslx::pil {

using torch::Tensor;

/// A table of 256 levels for one channel, applied.
inline Tensor looked_up(const Tensor& channel, const Tensor& table) {
  return table.to(channel.device()).index({channel.to(torch::kInt64)});
}

/// ImageOps.autocontrast: each channel stretched to 0..255.
inline Tensor auto_contrast(const Tensor& image) {
  const Tensor low = image.amin({1, 2}, true);
  const Tensor high = image.amax({1, 2}, true);
  const Tensor scale = 255 / (high - low);
  const Tensor stretched = (image * scale - low * scale).trunc().clamp(0, 255);
  return torch::where(high > low, stretched, image);
}

/// ImageOps.equalize: each channel's histogram made flat.
inline Tensor equalize(const Tensor& image) {
  std::vector<Tensor> out;
  for (const Tensor& channel : image.unbind(0)) {
    const Tensor counts =
        torch::bincount(channel.flatten().to(torch::kInt64).cpu(), /*weights=*/{}, 256);
    const Tensor last = counts.index({counts.nonzero().flatten()[-1]});
    const int64_t step = (counts.sum() - last).item<int64_t>() / 255;
    const Tensor below = counts.cumsum(0) - counts;
    const Tensor table =
        step > 0 ? below.add(step / 2).div(step, "floor").clamp_max(255) : torch::arange(256);
    out.push_back(looked_up(channel, table.to(torch::kFloat64)));
  }
  return torch::stack(out);
}

/// ImageOps.solarize: levels from `threshold` on are inverted.
inline Tensor solarize(const Tensor& image, double threshold) {
  return torch::where(image < threshold, image, 255 - image);
}

/// TensorFlow's solarize_add: levels below 128 become brighter.
inline Tensor solarize_add(const Tensor& image, double add) {
  return torch::where(image < 128, (image + add).clamp_max(255), image);
}

/// ImageOps.posterize: only the highest bits stay.
inline Tensor posterize(const Tensor& image, int64_t bits) {
  const auto step = static_cast<double>(1LL << (8 - bits));
  return (image / step).floor() * step;
}

/// Image.blend, which ImageEnhance uses: from `degenerate` (factor 0) over the image (1) onwards.
/// In float32 as in PIL, so that 1.9 times 10 is 19.
inline Tensor blend(const Tensor& degenerate, const Tensor& image, double factor) {
  const Tensor from = degenerate.to(torch::kFloat32);
  const Tensor mixed = from + factor * (image.to(torch::kFloat32) - from);
  return mixed.trunc().clamp(0, 255).to(torch::kFloat64);
}

/// convert("L"), in every channel.
inline Tensor luma(const Tensor& image) {
  if (image.size(0) != 3) return image;
  const Tensor sum = 19595 * image[0] + 38470 * image[1] + 7471 * image[2] + 32768;
  return (sum / 65536).floor().expand_as(image);
}

inline Tensor contrast(const Tensor& image, double factor) {
  const Tensor mean = (luma(image)[0].mean() + 0.5).floor();
  return blend(mean.expand_as(image), image, factor);
}

/// ImageEnhance.Sharpness: the degenerate image is smoothed but for its border.
inline Tensor sharpness(const Tensor& image, double factor) {
  if (image.size(1) < 3 || image.size(2) < 3) return image;
  Tensor kernel = torch::ones({1, 1, 3, 3}, image.options());
  kernel[0][0][1][1] = 5;
  const Tensor inner = torch::conv2d(image.unsqueeze(1), kernel / 13).squeeze(1);
  Tensor smooth = image.clone();
  smooth.narrow(1, 1, inner.size(1)).narrow(2, 1, inner.size(2)).copy_((inner + 0.5).floor());
  return blend(smooth, image, factor);
}

/// Image.transform(AFFINE, BILINEAR): the pixel at (x, y) comes from (ax + by + c, dx + ey + f);
/// `fill` [C, 1, 1] comes in from outside.
inline Tensor affine(const Tensor& image, const std::array<double, 6>& m, const Tensor& fill) {
  const int64_t height = image.size(1), width = image.size(2);
  const Tensor x = torch::arange(width, image.options()) + 0.5;
  const Tensor y = (torch::arange(height, image.options()) + 0.5).unsqueeze(1);
  const Tensor from_x = m[0] * x + m[1] * y + m[2];
  const Tensor from_y = m[3] * x + m[4] * y + m[5];
  const Tensor inside = (from_x >= 0) & (from_x < static_cast<double>(width)) & (from_y >= 0) &
                        (from_y < static_cast<double>(height));
  const Tensor left = (from_x - 0.5).floor(), top = (from_y - 0.5).floor();
  const Tensor flat = image.flatten(1);
  const auto at = [&](const Tensor& row, const Tensor& column) {
    const Tensor place = row.clamp(0, height - 1) * width + column.clamp(0, width - 1);
    return flat.index_select(1, place.flatten().to(torch::kInt64)).view_as(image);
  };
  const auto between = [&](const Tensor& row) {
    const Tensor a = at(row, left);
    return a + (at(row, left + 1) - a) * (from_x - 0.5 - left);
  };
  const Tensor upper = between(top);
  const Tensor value = upper + (between(top + 1) - upper) * (from_y - 0.5 - top);
  return torch::where(inside, value.trunc(), fill);
}

}  // namespace sslx::pil
