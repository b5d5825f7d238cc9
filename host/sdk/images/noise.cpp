// Gaussian noise from Philox, four values a block: value i of an image is number i % 4 of block
// i / 4 under the image's key, so that it depends on nothing else. Box-Muller, with a logarithm and
// a sine of our own: those of the C library do not vectorise, and differ between its versions.
#include <sslx/image_ops.h>
#include <sslx/random.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {
namespace {

constexpr int64_t kBlocks = 64;  // Together: enough for the widest vectors.

/// log(x) for 0 < x <= 1, to 2e-7 of its value or of one: x = m 2^e with m in [sqrt(.5), sqrt(2)),
/// log m = 2 atanh((m - 1) / (m + 1)).
SSLX_INLINE float natural_log(float x) {
  const int32_t bits = std::bit_cast<int32_t>(x) - 0x3F3504F3;
  const auto exponent = static_cast<float>(bits >> 23);
  const float m = std::bit_cast<float>((bits & 0x007FFFFF) + 0x3F3504F3);
  const float s = (m - 1.0F) / (m + 1.0F);
  const float q = s * s;
  const float series = 1.0F + q * (1.0F / 3 + q * (1.0F / 5 + q * (1.0F / 7 + q * (1.0F / 9))));
  return exponent * 0.693147181F + 2.0F * s * series;
}

/// sin(2 pi x) for -1/4 <= x <= 1/4, to 1e-7.
SSLX_INLINE float sine_of_turn(float x) {
  const float t = 6.283185307F * x;
  const float q = t * t;
  return t * (1.0F + q * (-1.0F / 6 +
                          q * (1.0F / 120 +
                               q * (-1.0F / 5040 + q * (1.0F / 362880 - q * (1.0F / 39916800))))));
}

/// sin(2 pi x) for 0 <= x < 1 by folding into a quarter turn.
SSLX_INLINE float sine(float x) {
  const float y = x > 0.5F ? x - 1.0F : x;
  const float folded = y > 0.25F ? 0.5F - y : y;
  return sine_of_turn(folded < -0.25F ? -0.5F - folded : folded);
}

SSLX_INLINE float open_uniform(uint32_t bits) {  // (0, 1]
  return (static_cast<float>(static_cast<int32_t>(bits >> 8)) + 1.0F) * 0x1.0p-24F;
}

struct Words {
  uint32_t word[4][kBlocks];
};

/// philox4x32 for the counters (first + j, 0, 0, 0), all j at once.
SSLX_INLINE void philox_blocks(Words& w, uint32_t first, uint32_t key0, uint32_t key1) {
  for (int64_t j = 0; j < kBlocks; ++j) {
    w.word[0][j] = first + static_cast<uint32_t>(j);
    w.word[1][j] = w.word[2][j] = w.word[3][j] = 0;
  }
  for (int round = 0; round < 10; ++round) {
    for (int64_t j = 0; j < kBlocks; ++j) {
      const uint64_t a = uint64_t{0xD2511F53U} * w.word[0][j];
      const uint64_t b = uint64_t{0xCD9E8D57U} * w.word[2][j];
      w.word[0][j] = static_cast<uint32_t>(b >> 32) ^ w.word[1][j] ^ key0;
      w.word[1][j] = static_cast<uint32_t>(b);
      w.word[2][j] = static_cast<uint32_t>(a >> 32) ^ w.word[3][j] ^ key1;
      w.word[3][j] = static_cast<uint32_t>(a);
    }
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// The next 4 * kBlocks standard normal values.
SSLX_INLINE void normal_values(float* __restrict out, const Words& w) {
  for (int64_t pair = 0; pair < 4; pair += 2) {
    for (int64_t j = 0; j < kBlocks; ++j) {
      const float radius = std::sqrt(-2.0F * natural_log(open_uniform(w.word[pair][j])));
      const float turn =
          static_cast<float>(static_cast<int32_t>(w.word[pair + 1][j] >> 8)) * 0x1.0p-24F;
      const float ahead = turn + 0.25F;
      out[4 * j + pair] = radius * sine(ahead >= 1.0F ? ahead - 1.0F : ahead);
      out[4 * j + pair + 1] = radius * sine(turn);
    }
  }
}

/// Calls `take(first value, count, values)` for every chunk of an image of `size` values.
template <typename Take>
SSLX_INLINE void each_chunk(int64_t size, uint32_t key0, uint32_t key1, Take take) {
  Words words;
  float normal[4 * kBlocks];
  for (int64_t at = 0; at < size; at += 4 * kBlocks) {
    philox_blocks(words, static_cast<uint32_t>(at / 4), key0, key1);
    normal_values(normal, words);
    take(at, std::min(4 * kBlocks, size - at), normal);
  }
}

SSLX_MULTIVERSION void add_noise(float* x, int64_t size, float sigma, uint32_t key0,
                                 uint32_t key1) {
  each_chunk(
      size, key0,
      key1, [&](int64_t at, int64_t count, const float* normal) __attribute__((always_inline)) {
        for (int64_t i = 0; i < count; ++i) x[at + i] = unit(x[at + i] + sigma * normal[i]);
      });
}

}  // namespace

torch::Tensor normal_field(at::IntArrayRef sizes, const torch::Tensor& parameters) {
  torch::Tensor out = torch::empty(sizes, torch::kFloat32);
  const torch::Tensor rows = parameters.contiguous();
  for (int64_t n = 0; n < out.size(0); ++n) {
    const float* row = row_of(rows, n);
    each_chunk(out.stride(0), static_cast<uint32_t>(row[1]), static_cast<uint32_t>(row[2]),
               [&](int64_t at, int64_t count, const float* normal) {
                 std::copy_n(normal, count, values_of(out, n) + at);
               });
  }
  return out;
}

torch::Tensor gaussian_noise(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "noise", /*any_channels=*/true);
  if (!x.device().is_cpu()) return tensor_path::gaussian_noise(x, parameters);
  torch::Tensor out = changeable(std::move(x));
  const torch::Tensor rows = parameters.contiguous();
  for (int64_t n = 0; n < out.size(0); ++n) {
    const float* row = row_of(rows, n);
    if (row[0] <= 0) continue;
    add_noise(values_of(out, n), out.stride(0), row[0], static_cast<uint32_t>(row[1]),
              static_cast<uint32_t>(row[2]));
  }
  return out;
}

}  // namespace sslx::image_ops
