// sRGB to CIE L*a*b* under D65, as skimage.color.rgb2lab: linear light, XYZ, then the cube root.
#include <algorithm>

#include "host/sdk/images/loops.h"
#include "host/sdk/images/vector_math.h"

namespace sslx::image_ops {
namespace {

/// Rows of sRGB to XYZ, each divided by the white point (0.95047, 1, 1.08883).
constexpr float kToXyz[3][3] = {{0.412453F / 0.95047F, 0.357580F / 0.95047F, 0.180423F / 0.95047F},
                                {0.212671F, 0.715160F, 0.072169F},
                                {0.019334F / 1.08883F, 0.119193F / 1.08883F, 0.950227F / 1.08883F}};

/// `above` where x > limit, else `below`; a choice between two computed numbers would become a
/// branch around one of them, and the loop no vector code.
SSLX_INLINE float chosen(float x, float limit, float above, float below) {
  const int32_t all = -static_cast<int32_t>(x > limit);
  return std::bit_cast<float>((std::bit_cast<int32_t>(above) & all) |
                              (std::bit_cast<int32_t>(below) & ~all));
}

SSLX_INLINE float linear_light(float x) {
  const float bright = power((x < 0.04F ? 0.04F : x) * (1.0F / 1.055F) + 0.055F / 1.055F, 2.4F);
  return chosen(x, 0.04045F, bright, x * (1.0F / 12.92F));
}

SSLX_INLINE float lab_root(float x) {
  const float root = power(x < 0.008F ? 0.008F : x, 1.0F / 3.0F);
  return chosen(x, 0.008856F, root, 7.787F * x + 16.0F / 116.0F);
}

/// Pixels `first` to `first + count - 1`: the planes' L, a and b.
SSLX_INLINE void lab_tile(float* __restrict lightness, float* __restrict a, float* __restrict b,
                          const Planes& p, int64_t first, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float red = linear_light(p.red[first + i]);
    const float green = linear_light(p.green[first + i]);
    const float blue = linear_light(p.blue[first + i]);
    const float x = lab_root(kToXyz[0][0] * red + kToXyz[0][1] * green + kToXyz[0][2] * blue);
    const float y = lab_root(kToXyz[1][0] * red + kToXyz[1][1] * green + kToXyz[1][2] * blue);
    const float z = lab_root(kToXyz[2][0] * red + kToXyz[2][1] * green + kToXyz[2][2] * blue);
    lightness[i] = 116.0F * y - 16.0F;
    a[i] = 500.0F * (x - y);
    b[i] = 200.0F * (y - z);
  }
}

constexpr int64_t kTile = 256;

}  // namespace

SSLX_MULTIVERSION void lab_image(float* lightness, float* a, float* b, const Planes& image) {
  float made[3][kTile];
  float* const out[3] = {lightness, a, b};
  for (int64_t at = 0; at < image.size; at += kTile) {
    const int64_t count = std::min(kTile, image.size - at);
    lab_tile(made[0], made[1], made[2], image, at, count);
    for (int c = 0; c < 3; ++c) {
      if (out[c] != nullptr) std::copy_n(made[c], count, out[c] + at);
    }
  }
}

}  // namespace sslx::image_ops
