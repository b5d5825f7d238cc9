// Colour jitter works through an image in tiles that stay in the first cache, so that an image is
// read once or twice and not once for each of the four operations: only contrast, which needs the
// mean of what came before, parts them.
#include <algorithm>

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

/// One channel of a colour whose value is `top`, whose hue is `sixth` in 0..6, and that lies
/// `delta` above its least channel (offset 5 red, 3 green, 1 blue).
SSLX_INLINE float channel_at(float offset, float sixth, float top, float delta) {
  float k = sixth + offset;
  k = k >= 6.0F ? k - 6.0F : k;
  const float other = 4.0F - k;
  return top - delta * unit(k < other ? k : other);
}

SSLX_INLINE void turn_hue(float* __restrict red, float* __restrict green, float* __restrict blue,
                          int64_t size, float shift) {
  const float turn = 6.0F * shift;
  for (int64_t i = 0; i < size; ++i) {
    const float r = red[i];
    const float g = green[i];
    const float b = blue[i];
    const float rg_top = r > g ? r : g;
    const float rg_low = r < g ? r : g;
    const float top = rg_top > b ? rg_top : b;
    const float low = rg_low < b ? rg_low : b;
    const float delta = top - low;
    const float scale = 1.0F / (delta == 0.0F ? 1.0F : delta);
    const float from_blue = 4.0F + (r - g) * scale;
    const float from_green = 2.0F + (b - r) * scale;
    const float from_red = (g - b) * scale;
    float sixth = top == g ? from_green : from_blue;
    sixth = (top == r ? from_red : sixth) + turn;
    sixth = sixth < 0.0F ? sixth + 6.0F : sixth;
    sixth = sixth >= 6.0F ? sixth - 6.0F : sixth;
    red[i] = channel_at(5.0F, sixth, top, delta);
    green[i] = channel_at(3.0F, sixth, top, delta);
    blue[i] = channel_at(1.0F, sixth, top, delta);
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
