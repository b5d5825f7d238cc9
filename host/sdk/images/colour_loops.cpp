// Colour jitter works through an image in tiles that stay in the first cache, so that an image is
// read once or twice and not once for each of the four operations: only contrast, which needs the
// mean of what came before, parts them.
#include <algorithm>
#include <cmath>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {
namespace {

constexpr int64_t kTile = 1024;  // Pixels; three channels of them are 12 KiB.

SSLX_INLINE Planes part_of(const Planes& p, int64_t begin, int64_t size) {
  if (p.gray) return {p.red + begin, nullptr, nullptr, size, true};
  return {p.red + begin, p.green + begin, p.blue + begin, size, false};
}

/// x <- clamp(factor * x + offset)
SSLX_INLINE void blend_constant(float* x, int64_t size, float factor, float offset) {
  for (int64_t i = 0; i < size; ++i) x[i] = unit(factor * x[i] + offset);
}

SSLX_INLINE void blend_constant(const Planes& p, float factor, float offset) {
  blend_constant(p.red, p.size, factor, offset);
  if (p.gray) return;
  blend_constant(p.green, p.size, factor, offset);
  blend_constant(p.blue, p.size, factor, offset);
}

/// A sum of lumas in lanes, so that it vectorises and is the same for any vector width and tiling.
struct LumaSum {
  static constexpr int64_t kLanes = 32;
  std::array<float, kLanes> lanes{};
  double rest = 0;

  SSLX_INLINE void add(const Planes& p) {
    int64_t i = 0;
    for (; i + kLanes <= p.size; i += kLanes) {
      for (int64_t j = 0; j < kLanes; ++j) {
        lanes[static_cast<size_t>(j)] += luma(p, i + j);
      }
    }
    for (; i < p.size; ++i) rest += luma(p, i);
  }
  SSLX_INLINE float mean(int64_t count) const {
    double total = rest;
    for (const float lane : lanes) total += lane;
    return static_cast<float>(total / static_cast<double>(count));
  }
};

SSLX_INLINE void saturate(float* __restrict red, float* __restrict green, float* __restrict blue,
                          int64_t size, float factor) {
  for (int64_t i = 0; i < size; ++i) {
    const float gray = (1.0F - factor) * luma(red[i], green[i], blue[i]);
    red[i] = unit(factor * red[i] + gray);
    green[i] = unit(factor * green[i] + gray);
    blue[i] = unit(factor * blue[i] + gray);
  }
}

/// The hue's turn by `shift`, of which HSV's value and saturation know nothing: every channel stays
/// between the least and the greatest one. The hue is counted in sixths of a turn times `delta`,
/// what lies between those two, so that nothing has to be divided by it.
SSLX_INLINE void turn_hue(float* __restrict red, float* __restrict green, float* __restrict blue,
                          int64_t size, float shift) {
  const float sixths = 6.0F * shift;
  const float turn = sixths < 1.0F ? sixths + 6.0F : sixths;  // 1..7: no hue is below 0 after it.
  for (int64_t i = 0; i < size; ++i) {
    const float r = red[i];
    const float g = green[i];
    const float b = blue[i];
    const float rg_top = r > g ? r : g;
    const float rg_low = r < g ? r : g;
    const float top = rg_top > b ? rg_top : b;
    const float low = rg_low < b ? rg_low : b;
    const float delta = top - low;
    float hue = top == g ? 2.0F * delta + (b - r) : 4.0F * delta + (r - g);
    hue = (top == r ? g - b : hue) + turn * delta;
    hue = hue >= 6.0F * delta ? hue - 6.0F * delta : hue;
    red[i] = low + limited(std::abs(hue - 3.0F * delta) - delta, delta);
    green[i] = low + limited(2.0F * delta - std::abs(hue - 2.0F * delta), delta);
    blue[i] = low + limited(2.0F * delta - std::abs(hue - 4.0F * delta), delta);
  }
}

SSLX_INLINE void change_tile(const Planes& p, int operation, float strength, float mean) {
  if (operation == kBrightness) blend_constant(p, strength, 0.0F);
  if (operation == kContrast) blend_constant(p, strength, (1.0F - strength) * mean);
  if (operation == kSaturation) saturate(p.red, p.green, p.blue, p.size, strength);
  if (operation == kHue) turn_hue(p.red, p.green, p.blue, p.size, strength);
}

}  // namespace

SSLX_MULTIVERSION void jitter_image(const Planes& p, const JitterSteps& steps) {
  const int* first = steps.operation.data();
  const int contrast = static_cast<int>(std::find(first, first + steps.count, kContrast) - first);
  LumaSum sum;
  for (int64_t at = 0; at < p.size; at += kTile) {
    const Planes tile = part_of(p, at, std::min(kTile, p.size - at));
    for (int i = 0; i < contrast; ++i) {
      change_tile(tile, first[i], steps.strength[static_cast<size_t>(i)], 0);
    }
    if (contrast < steps.count) sum.add(tile);
  }
  const float mean = sum.mean(p.size);
  for (int64_t at = 0; at < p.size && contrast < steps.count; at += kTile) {
    const Planes tile = part_of(p, at, std::min(kTile, p.size - at));
    for (int i = contrast; i < steps.count; ++i) {
      change_tile(tile, first[i], steps.strength[static_cast<size_t>(i)], mean);
    }
  }
}

SSLX_MULTIVERSION void gray_image(const Planes& p) {
  for (int64_t i = 0; i < p.size; ++i) {
    const float gray = luma(p.red[i], p.green[i], p.blue[i]);
    p.red[i] = gray;
    p.green[i] = gray;
    p.blue[i] = gray;
  }
}

SSLX_MULTIVERSION void solarize_values(float* x, int64_t size, float threshold) {
  for (int64_t i = 0; i < size; ++i) x[i] = x[i] >= threshold ? 1.0F - x[i] : x[i];
}

SSLX_MULTIVERSION void normalize_values(float* x, int64_t size, float mean, float deviation) {
  const float scale = 1.0F / deviation;
  const float shift = -mean / deviation;
  for (int64_t i = 0; i < size; ++i) x[i] = scale * x[i] + shift;
}

SSLX_MULTIVERSION void bytes_to_unit(float* __restrict out, const uint8_t* __restrict in,
                                     int64_t size) {
  for (int64_t i = 0; i < size; ++i) out[i] = static_cast<float>(in[i]) / 255.0F;
}

}  // namespace sslx::image_ops
