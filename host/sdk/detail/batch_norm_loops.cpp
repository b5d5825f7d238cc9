#include "host/sdk/detail/batch_norm_loops.h"

#include <sslx/detail/multiversion.h>

#include <algorithm>
#include <cstring>

namespace sslx::batch_norm {
namespace {

using Floats = float __attribute__((vector_size(4 * kLanes)));
using Words = uint32_t __attribute__((vector_size(4 * kLanes)));
using Halves = uint16_t __attribute__((vector_size(2 * kLanes)));

SSLX_INLINE void load(const float* from, Floats& out) { std::memcpy(&out, from, sizeof out); }
SSLX_INLINE void load(const uint16_t* from, Floats& out) {
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  const Words words = __builtin_convertvector(halves, Words) << 16U;
  std::memcpy(&out, &words, sizeof out);
}

SSLX_INLINE void store(const Floats& value, float* to) { std::memcpy(to, &value, sizeof value); }
/// To the nearest, even where there are two.
SSLX_INLINE void store(const Floats& value, uint16_t* to) {
  Words words;
  std::memcpy(&words, &value, sizeof words);
  const Words rounded = (words + 0x7FFFU + ((words >> 16U) & 1U)) >> 16U;
  // Rounding up could make an infinity or zero of a NaN.
  const Words kept = value == value ? rounded : (words >> 16U) | 0x40U;
  const Halves halves = __builtin_convertvector(kept, Halves);
  std::memcpy(to, &halves, sizeof halves);
}

SSLX_INLINE void rectify(Floats& value) {
  const Floats zero{};
  value = value < zero ? zero : value;  // NaN is not less.
}

/// `body(first channel, vectors)` for tiles that stay in registers.
template <typename Body>
SSLX_INLINE void for_tiles(int64_t channels, const Body& body) {
  int64_t c = 0;
  for (; c + 4 * kLanes <= channels; c += 4 * kLanes) body.template operator()<4>(c);
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) body.template operator()<2>(c);
  for (; c < channels; c += kLanes) body.template operator()<1>(c);
}

template <int kVectors>
SSLX_INLINE void load_tile(const float* from, Floats (&out)[kVectors]) {
  for (int v = 0; v < kVectors; ++v) load(from + v * kLanes, out[v]);
}

template <int kVectors>
SSLX_INLINE void store_tile(const Floats (&tile)[kVectors], float* to) {
  for (int v = 0; v < kVectors; ++v) store(tile[v], to + v * kLanes);
}

/// The factors of some channels.
template <int kVectors>
struct Factors {
  SSLX_INLINE Factors(Affine affine, int64_t c) {
    load_tile(affine.scale + c, scale);
    load_tile(affine.shift + c, shift);
  }
  Floats scale[kVectors];
  Floats shift[kVectors];
};

template <typename T>
SSLX_INLINE void moments_of(const T* x, Shape shape, const float* pivot, float* sum,
                            float* square) {
  for_tiles(
      shape.channels, [&]<int kVectors>(int64_t c) __attribute__((always_inline)) {
        Floats near[kVectors];
        Floats sums[kVectors]{};
        Floats squares[kVectors]{};
        load_tile(pivot + c, near);
        for (int64_t row = 0; row < shape.rows; ++row) {
          for (int v = 0; v < kVectors; ++v) {
            Floats value;
            load(x + row * shape.channels + c + v * kLanes, value);
            value -= near[v];
            sums[v] += value;
            squares[v] += value * value;
          }
        }
        store_tile(sums, sum + c);
        store_tile(squares, square + c);
      });
}

template <bool kRelu, bool kResidual, typename T>
SSLX_INLINE void transform_to(const T* x, const T* residual, Shape shape, Affine affine, T* y) {
  for_tiles(
      shape.channels, [&]<int kVectors>(int64_t c) __attribute__((always_inline)) {
        const Factors<kVectors> by(affine, c);
        for (int64_t row = 0; row < shape.rows; ++row) {
          for (int v = 0; v < kVectors; ++v) {
            const int64_t at = row * shape.channels + c + v * kLanes;
            Floats value;
            load(x + at, value);
            value = value * by.scale[v] + by.shift[v];
            if constexpr (kResidual) {
              Floats added;
              load(residual + at, added);
              value += added;
            }
            if constexpr (kRelu) rectify(value);
            store(value, y + at);
          }
        }
      });
}

template <typename T>
SSLX_INLINE void transform_all(const T* x, const T* residual, Shape shape, Affine affine, T* y) {
  if (affine.relu) {
    if (residual != nullptr) return transform_to<true, true>(x, residual, shape, affine, y);
    return transform_to<true, false>(x, residual, shape, affine, y);
  }
  if (residual != nullptr) return transform_to<false, true>(x, residual, shape, affine, y);
  transform_to<false, false>(x, residual, shape, affine, y);
}

/// Where the activation's gradient comes from: there is none, or x or y tell where it was above 0.
enum class Mask { kNone, kFromX, kFromY };

/// x and the gradient before the activation.
template <Mask kMask, typename T>
SSLX_INLINE void load_masked(const Seen<T>& seen, int64_t at, const Floats& scale,
                             const Floats& shift, Floats& x, Floats& gradient) {
  load(seen.x + at, x);
  load(seen.gradient + at, gradient);
  if constexpr (kMask == Mask::kNone) return;
  Floats output;
  if constexpr (kMask == Mask::kFromY) {
    load(seen.y + at, output);
  } else {
    output = x * scale + shift;
  }
  const Floats zero{};
  gradient = output <= zero ? zero : gradient;
}

template <Mask kMask, typename T>
SSLX_INLINE void sums_of(const Seen<T>& seen, Shape shape, Affine affine, const float* mean,
                         float* sum, float* product) {
  for_tiles(
      shape.channels, [&]<int kVectors>(int64_t c) __attribute__((always_inline)) {
        const Factors<kVectors> by(affine, c);
        Floats means[kVectors];
        Floats sums[kVectors]{};
        Floats products[kVectors]{};
        load_tile(mean + c, means);
        for (int64_t row = 0; row < shape.rows; ++row) {
          for (int v = 0; v < kVectors; ++v) {
            const int64_t at = row * shape.channels + c + v * kLanes;
            Floats x;
            Floats gradient;
            load_masked<kMask>(seen, at, by.scale[v], by.shift[v], x, gradient);
            sums[v] += gradient;
            products[v] += gradient * (x - means[v]);
          }
        }
        store_tile(sums, sum + c);
        store_tile(products, product + c);
      });
}

template <Mask kMask, typename T>
SSLX_INLINE void gradient_of(const Seen<T>& seen, Shape shape, Affine affine, InputGradient factors,
                             T* of_x, T* of_residual) {
  for_tiles(
      shape.channels, [&]<int kVectors>(int64_t c) __attribute__((always_inline)) {
        const Factors<kVectors> by(affine, c);
        Floats slope[kVectors];
        Floats offset[kVectors];
        load_tile(factors.slope + c, slope);
        load_tile(factors.offset + c, offset);
        for (int64_t row = 0; row < shape.rows; ++row) {
          for (int v = 0; v < kVectors; ++v) {
            const int64_t at = row * shape.channels + c + v * kLanes;
            Floats x;
            Floats gradient;
            load_masked<kMask>(seen, at, by.scale[v], by.shift[v], x, gradient);
            store(gradient * by.scale[v] + (x * slope[v] + offset[v]), of_x + at);
            if (of_residual != nullptr) store(gradient, of_residual + at);
          }
        }
      });
}

/// `body` with the mask that there is.
template <typename T, typename Body>
SSLX_INLINE void with_mask(const Seen<T>& seen, Affine affine, const Body& body) {
  if (!affine.relu) return body.template operator()<Mask::kNone>();
  if (seen.y == nullptr) return body.template operator()<Mask::kFromX>();
  body.template operator()<Mask::kFromY>();
}

template <typename T>
SSLX_INLINE void all_sums(const Seen<T>& seen, Shape shape, Affine affine, const float* mean,
                          float* sum, float* product) {
  with_mask(
      seen, affine, [&]<Mask kMask>() __attribute__((always_inline)) {
        sums_of<kMask>(seen, shape, affine, mean, sum, product);
      });
}

template <typename T>
SSLX_INLINE void all_gradients(const Seen<T>& seen, Shape shape, Affine affine,
                               InputGradient factors, T* of_x, T* of_residual) {
  with_mask(
      seen, affine, [&]<Mask kMask>() __attribute__((always_inline)) {
        gradient_of<kMask>(seen, shape, affine, factors, of_x, of_residual);
      });
}

}  // namespace

SSLX_MULTIVERSION void moments(const float* x, Shape shape, const float* pivot, float* sum,
                               float* square) {
  moments_of(x, shape, pivot, sum, square);
}
SSLX_MULTIVERSION void moments(const uint16_t* x, Shape shape, const float* pivot, float* sum,
                               float* square) {
  moments_of(x, shape, pivot, sum, square);
}

SSLX_MULTIVERSION void transform(const float* x, const float* residual, Shape shape, Affine affine,
                                 float* y) {
  transform_all(x, residual, shape, affine, y);
}
SSLX_MULTIVERSION void transform(const uint16_t* x, const uint16_t* residual, Shape shape,
                                 Affine affine, uint16_t* y) {
  transform_all(x, residual, shape, affine, y);
}

SSLX_MULTIVERSION void gradient_sums(const Seen<float>& seen, Shape shape, Affine affine,
                                     const float* mean, float* sum, float* product) {
  all_sums(seen, shape, affine, mean, sum, product);
}
SSLX_MULTIVERSION void gradient_sums(const Seen<uint16_t>& seen, Shape shape, Affine affine,
                                     const float* mean, float* sum, float* product) {
  all_sums(seen, shape, affine, mean, sum, product);
}

SSLX_MULTIVERSION void input_gradient(const Seen<float>& seen, Shape shape, Affine affine,
                                      InputGradient factors, float* of_x, float* of_residual) {
  all_gradients(seen, shape, affine, factors, of_x, of_residual);
}
SSLX_MULTIVERSION void input_gradient(const Seen<uint16_t>& seen, Shape shape, Affine affine,
                                      InputGradient factors, uint16_t* of_x,
                                      uint16_t* of_residual) {
  all_gradients(seen, shape, affine, factors, of_x, of_residual);
}

}  // namespace sslx::batch_norm
