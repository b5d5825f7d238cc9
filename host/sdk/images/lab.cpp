// sRGB to CIE L*a*b* under D65, as skimage.color.rgb2lab: linear light, XYZ, then the cube root.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <array>
#include <cmath>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {
namespace {

/// Rows of sRGB to XYZ, each divided by the white point (0.95047, 1, 1.08883).
constexpr std::array<std::array<float, 3>, 3> kToXyz{
    {{0.412453F / 0.95047F, 0.357580F / 0.95047F, 0.180423F / 0.95047F},
     {0.212671F, 0.715160F, 0.072169F},
     {0.019334F / 1.08883F, 0.119193F / 1.08883F, 0.950227F / 1.08883F}}};

float linear_light(float x) {
  return x > 0.04045F ? std::pow((x + 0.055F) / 1.055F, 2.4F) : x / 12.92F;
}

float lab_root(float x) { return x > 0.008856F ? std::cbrt(x) : 7.787F * x + 16.0F / 116.0F; }

std::array<float, 3> lab_of(float red, float green, float blue) {
  const std::array<float, 3> light{linear_light(red), linear_light(green), linear_light(blue)};
  std::array<float, 3> root{};
  for (size_t i = 0; i < 3; ++i) {
    const auto& row = kToXyz[i];
    root[i] = lab_root(row[0] * light[0] + row[1] * light[1] + row[2] * light[2]);
  }
  return {116.0F * root[1] - 16.0F, 500.0F * (root[0] - root[1]), 200.0F * (root[1] - root[2])};
}

}  // namespace

torch::Tensor rgb_to_lab(torch::Tensor images, LabChannels channels) {
  torch::Tensor given = checked(std::move(images), "lab");
  if (given.size(1) != 3) {
    throw input_error("lab works on colour images; these have one channel");
  }
  if (!given.device().is_cpu()) return tensor_path::rgb_to_lab(given, channels);
  const torch::Tensor in = changeable(std::move(given));
  const int64_t first = channels == LabChannels::kColour ? 1 : 0;
  const int64_t last = channels == LabChannels::kLightness ? 1 : 3;
  torch::Tensor out =
      torch::empty({in.size(0), last - first, in.size(2), in.size(3)}, torch::kFloat32);
  for (int64_t n = 0; n < in.size(0); ++n) {
    const Planes p = planes_of(in, n);
    float* to = values_of(out, n);
    for (int64_t i = 0; i < p.size; ++i) {
      const std::array<float, 3> lab = lab_of(p.red[i], p.green[i], p.blue[i]);
      for (int64_t c = first; c < last; ++c) {
        to[(c - first) * p.size + i] = lab[static_cast<size_t>(c)];
      }
    }
  }
  return out;
}

}  // namespace sslx::image_ops
