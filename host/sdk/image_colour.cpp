// The loops of flip, colour jitter, grayscale and normalize: planar rows, no branch on a pixel.
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>
#include <sslx/multiversion.h>

#include <array>
#include <string>

namespace sslx::image_ops {
namespace {

constexpr float kRed = 0.2989F;
constexpr float kGreen = 0.587F;
constexpr float kBlue = 0.114F;

/// The channels of one image, `size` pixels each; of a gray one there is red alone.
struct Planes {
  float* red;
  float* green;
  float* blue;
  int64_t size;
  bool gray;
};

SSLX_INLINE float unit(float x) {
  x = x < 0.0F ? 0.0F : x;
  return x > 1.0F ? 1.0F : x;
}

SSLX_INLINE float luma(float r, float g, float b) { return kRed * r + kGreen * g + kBlue * b; }

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

/// The mean luma, summed in lanes so that it vectorises and is the same for any vector width.
SSLX_INLINE float mean_luma(const Planes& p) {
  constexpr int64_t kLanes = 32;
  std::array<float, kLanes> lanes{};
  int64_t i = 0;
  for (; i + kLanes <= p.size; i += kLanes) {
    for (int64_t j = 0; j < kLanes; ++j) {
      lanes[static_cast<size_t>(j)] +=
          p.gray ? p.red[i + j] : luma(p.red[i + j], p.green[i + j], p.blue[i + j]);
    }
  }
  double total = 0;
  for (; i < p.size; ++i) total += p.gray ? p.red[i] : luma(p.red[i], p.green[i], p.blue[i]);
  for (const float lane : lanes) total += lane;
  return static_cast<float>(total / static_cast<double>(p.size));
}

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

/// `row` is one image's parameters of color_jitter.
SSLX_MULTIVERSION void jitter_image(const Planes& p, const float* row,
                                    const std::array<int, 4>& order) {
  for (const int operation : order) {
    const float strength = row[1 + operation];
    if (strength == (operation == 3 ? 0.0F : 1.0F)) continue;
    if (operation == 0) blend_constant(p, strength, 0.0F);
    if (operation == 1) blend_constant(p, strength, (1.0F - strength) * mean_luma(p));
    if (p.gray) continue;
    if (operation == 2) saturate(p.red, p.green, p.blue, p.size, strength);
    if (operation == 3) turn_hue(p.red, p.green, p.blue, p.size, strength);
  }
}

SSLX_MULTIVERSION void gray_image(float* __restrict red, float* __restrict green,
                                  float* __restrict blue, int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    const float gray = luma(red[i], green[i], blue[i]);
    red[i] = gray;
    green[i] = gray;
    blue[i] = gray;
  }
}

SSLX_MULTIVERSION void mirror_rows(float* __restrict out, const float* __restrict in, int64_t rows,
                                   int64_t width) {
  for (int64_t row = 0; row < rows; ++row, in += width, out += width) {
    for (int64_t i = 0; i < width; ++i) out[i] = in[width - 1 - i];
  }
}

SSLX_MULTIVERSION void normalize_plane(float* __restrict out, const float* __restrict in,
                                       int64_t size, float mean, float deviation) {
  for (int64_t i = 0; i < size; ++i) out[i] = (in[i] - mean) / deviation;
}

SSLX_MULTIVERSION void to_float(float* __restrict out, const uint8_t* __restrict in, int64_t size) {
  for (int64_t i = 0; i < size; ++i) out[i] = static_cast<float>(in[i]) / 255.0F;
}

/// A float32 copy in 0..1 that may be changed in place.
torch::Tensor unit_copy(const torch::Tensor& images) {
  torch::Tensor out = torch::empty(images.sizes(), torch::kFloat32);
  if (images.scalar_type() == torch::kUInt8) {
    to_float(out.mutable_data_ptr<float>(), images.const_data_ptr<uint8_t>(), images.numel());
  } else {
    std::memcpy(out.mutable_data_ptr<float>(), images.const_data_ptr<float>(),
                static_cast<size_t>(images.numel()) * sizeof(float));
  }
  return out;
}

Planes planes_of(const torch::Tensor& images, int64_t n) {
  const int64_t size = images.size(2) * images.size(3);
  float* first = images.mutable_data_ptr<float>() + n * images.size(1) * size;
  if (images.size(1) == 1) return {first, nullptr, nullptr, size, true};
  return {first, first + size, first + 2 * size, size, false};
}

}  // namespace

torch::Tensor horizontal_flip(const torch::Tensor& images, const torch::Tensor& parameters) {
  const torch::Tensor given = checked(images, "flip");
  if (!given.device().is_cpu()) return tensor_path::horizontal_flip(given, parameters);
  const torch::Tensor x = given.scalar_type() == torch::kUInt8 ? unit_copy(given) : given;
  torch::Tensor out = torch::empty(x.sizes(), torch::kFloat32);
  const torch::Tensor flags = parameters.contiguous();
  const int64_t rows = x.size(1) * x.size(2);
  const int64_t values = rows * x.size(3);
  const float* in = x.const_data_ptr<float>();
  auto* to = out.mutable_data_ptr<float>();
  for (int64_t n = 0; n < x.size(0); ++n, in += values, to += values) {
    if (flags.const_data_ptr<float>()[n] != 0) {
      mirror_rows(to, in, rows, x.size(3));
    } else {
      std::memcpy(to, in, static_cast<size_t>(values) * sizeof(float));
    }
  }
  return out;
}

torch::Tensor color_jitter(const torch::Tensor& images, const torch::Tensor& parameters) {
  const torch::Tensor x = checked(images, "color");
  if (!x.device().is_cpu()) return tensor_path::color_jitter(x, parameters);
  const torch::Tensor out = unit_copy(x);
  const torch::Tensor rows = parameters.contiguous();
  for (int64_t n = 0; n < out.size(0); ++n) {
    const float* row = rows.const_data_ptr<float>() + n * kJitterParameters;
    if (row[0] != 0) jitter_image(planes_of(out, n), row, jitter_order(static_cast<int>(row[5])));
  }
  return out;
}

torch::Tensor grayscale(const torch::Tensor& images, const torch::Tensor& parameters) {
  const torch::Tensor x = checked(images, "grayscale");
  if (!x.device().is_cpu()) return tensor_path::grayscale(x, parameters);
  if (x.size(1) == 1) return to_unit_float(x);
  const torch::Tensor out = unit_copy(x);
  const torch::Tensor flags = parameters.contiguous();
  for (int64_t n = 0; n < out.size(0); ++n) {
    const Planes p = planes_of(out, n);
    if (flags.const_data_ptr<float>()[n] != 0) gray_image(p.red, p.green, p.blue, p.size);
  }
  return out;
}

torch::Tensor normalize(const torch::Tensor& images, const std::vector<double>& mean,
                        const std::vector<double>& deviation) {
  const torch::Tensor given = checked(images, "normalize");
  const auto channels = static_cast<size_t>(given.size(1));
  if (mean.size() != deviation.size() || (mean.size() != 1 && mean.size() != channels)) {
    throw input_error("normalize has " + std::to_string(mean.size()) + " means and " +
                      std::to_string(deviation.size()) + " deviations for images of " +
                      std::to_string(channels) +
                      " channels; it must have one of each, or one a "
                      "channel");
  }
  if (!given.device().is_cpu()) return tensor_path::normalize(given, mean, deviation);
  const torch::Tensor x = given.scalar_type() == torch::kUInt8 ? unit_copy(given) : given;
  torch::Tensor out = torch::empty(x.sizes(), torch::kFloat32);
  const int64_t size = x.size(2) * x.size(3);
  for (int64_t plane = 0; plane < x.size(0) * x.size(1); ++plane) {
    const size_t c = mean.size() == 1 ? 0 : static_cast<size_t>(plane) % channels;
    normalize_plane(out.mutable_data_ptr<float>() + plane * size,
                    x.const_data_ptr<float>() + plane * size, size, static_cast<float>(mean[c]),
                    static_cast<float>(deviation[c]));
  }
  return out;
}

}  // namespace sslx::image_ops
