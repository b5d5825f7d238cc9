// The CPU loops of the image operations, on plain memory: float32 in 0..1 unless said otherwise,
// planar channels. Each runs over rows without a branch on a pixel, so that it vectorises;
// SSLX_MULTIVERSION picks the machine's vector width. They are compiled without torch, and with the
// freedom that finite numbers give (images hold no NaN): see CMakeLists.txt.
#pragma once

#include <sslx/detail/multiversion.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "host/sdk/images/taps.h"

namespace sslx::image_ops {

/// The channels of one image, `size` pixels each; of a gray one there is red alone.
struct Planes {
  float* red;
  float* green;
  float* blue;
  int64_t size;
  bool gray;
};

/// Eight floats of memory, wherever they begin.
using EightFloats = float __attribute__((vector_size(32), aligned(4), may_alias));

/// Between 0 and `most`.
SSLX_INLINE float limited(float x, float most) {
  x = x < 0.0F ? 0.0F : x;
  return x > most ? most : x;
}
SSLX_INLINE float unit(float x) { return limited(x, 1.0F); }

constexpr float kRed = 0.2989F;
constexpr float kGreen = 0.587F;
constexpr float kBlue = 0.114F;

SSLX_INLINE float luma(float r, float g, float b) { return kRed * r + kGreen * g + kBlue * b; }

SSLX_INLINE float luma(const Planes& p, int64_t i) {
  return p.gray ? p.red[i] : luma(p.red[i], p.green[i], p.blue[i]);
}

/// uint8 0..255 to 0..1.
void bytes_to_unit(float* out, const uint8_t* in, int64_t size);

/// The operations of colour jitter.
constexpr int kBrightness = 0;
constexpr int kContrast = 1;
constexpr int kSaturation = 2;
constexpr int kHue = 3;

/// Those of one image that do something, in their order, with their factors (the hue's shift in
/// turns).
struct JitterSteps {
  std::array<int, 4> operation{};
  std::array<float, 4> strength{};
  int count = 0;
};
void jitter_image(const Planes& image, const JitterSteps& steps);
void gray_image(const Planes& image);
void solarize_values(float* x, int64_t size, float threshold);
/// x <- (x - mean) / deviation
void normalize_values(float* x, int64_t size, float mean, float deviation);

/// Each of `rows` rows of `width` values from its end to its beginning.
void mirror_rows(float* x, int64_t rows, int64_t width);
/// One square channel turned by a quarter, counter-clockwise or clockwise.
void turn_quarter(float* out, const float* in, int64_t side, bool counter_clockwise);
/// One channel turned counter-clockwise about its centre, bilinear; what comes from outside is 0.
void turn_plane(float* out, const float* in, int64_t height, int64_t width, double degrees);

/// Floats that blur_plane() needs.
size_t blur_scratch(int64_t height, int64_t width, int64_t taps);
/// One channel in place by a symmetric kernel: `weights` holds the centre's weight and those at
/// distances 1 .. taps-1, less than the shorter side.
void blur_plane(float* plane, int64_t height, int64_t width, const float* weights, int64_t taps,
                float* scratch);

/// The luma with a border of one repeated pixel, [height + 2, width + 2].
void bordered_luma(float* out, const Planes& image, int64_t height, int64_t width);
/// Sobel's derivatives of one row; `in` is the left end of that row with its border.
void sobel_row(float* dx, float* dy, const float* in, int64_t stride, int64_t width);
/// The root of the mean square of both.
void edge_strengths(float* out, const float* dx, const float* dy, int64_t width);

/// Standard normal numbers: value i is number i % 4 of Philox block i / 4 under the key.
void normal_values(float* out, int64_t size, uint32_t key0, uint32_t key1);
/// x <- clamp(x + sigma * those numbers)
void add_noise(float* x, int64_t size, float sigma, uint32_t key0, uint32_t key1);

/// L*a*b* of one colour image into the planes that are not null.
void lab_image(float* lightness, float* a, float* b, const Planes& image);

/// One channel's box, and where its resized form goes.
template <typename T>
struct ResizedPlane {
  const T* in;  ///< The box's first pixel.
  ptrdiff_t stride;
  int width;  ///< The box's.
  float* out;
  int out_height;
  int out_width;
  const Taps& rows;
  const Taps& columns;
  const TapGroups& groups;  ///< Of the columns.
  bool clamped;
  float* scratch;  ///< resize_scratch(width, out_width) floats, zeroed at first.
};
size_t resize_scratch(int64_t width, int64_t out_width);
void resize_plane(const ResizedPlane<uint8_t>& plane);
void resize_plane(const ResizedPlane<float>& plane);
/// The same on a machine of any kind.
void resize_turned(const ResizedPlane<uint8_t>& plane);
void resize_turned(const ResizedPlane<float>& plane);

}  // namespace sslx::image_ops
