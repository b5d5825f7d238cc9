// Gaussian noise from Philox, four values a block. Box-Muller, with a logarithm and a sine of our
// own: those of the C library do not vectorise, and differ between its versions.
#include <algorithm>
#include <cmath>

#include "host/sdk/images/loops.h"
#include "host/sdk/images/vector_math.h"

namespace sslx::image_ops {
namespace {

constexpr int64_t kBlocks = 64;  // Together: enough for the widest vectors.

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
SSLX_INLINE void normal_block(float* __restrict out, const Words& w) {
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
    normal_block(normal, words);
    take(at, std::min(4 * kBlocks, size - at), normal);
  }
}

}  // namespace

SSLX_MULTIVERSION void add_noise(float* x, int64_t size, float sigma, uint32_t key0,
                                 uint32_t key1) {
  each_chunk(
      size, key0,
      key1, [&](int64_t at, int64_t count, const float* normal) __attribute__((always_inline)) {
        for (int64_t i = 0; i < count; ++i) x[at + i] = unit(x[at + i] + sigma * normal[i]);
      });
}

SSLX_MULTIVERSION void normal_values(float* out, int64_t size, uint32_t key0, uint32_t key1) {
  each_chunk(
      size, key0,
      key1, [&](int64_t at, int64_t count, const float* normal) __attribute__((always_inline)) {
        std::copy_n(normal, count, out + at);
      });
}

}  // namespace sslx::image_ops
