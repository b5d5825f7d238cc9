// Loops over images in channels-last order, or over rows of features, for batch norm in training
// with what follows it: each value is read once a pass instead of once an operation. No torch here.
// bf16 values are their upper 16 bits. The number of channels is a multiple of kLanes. NaN stays
// NaN everywhere, so that a training that diverges is seen to. Private to the SDK.
#pragma once

#include <cstdint>

namespace sslx::batch_norm {

inline constexpr int64_t kLanes = 8;

/// Rows of `channels` values each, one after the other.
struct Shape {
  int64_t rows;
  int64_t channels;
};

/// y = act(x * scale + shift + residual), channel by channel; act is max(., 0) or nothing.
struct Affine {
  const float* scale;
  const float* shift;
  bool relu;
};

/// The sums over rows of x - pivot and of its square, [channels] each. A pivot near the mean keeps
/// the digits of the variance.
void moments(const float* x, Shape shape, const float* pivot, float* sum, float* square);
void moments(const uint16_t* x, Shape shape, const float* pivot, float* sum, float* square);

/// y of an Affine; `residual` may be null.
void transform(const float* x, const float* residual, Shape shape, Affine affine, float* y);
void transform(const uint16_t* x, const uint16_t* residual, Shape shape, Affine affine,
               uint16_t* y);

/// What backward passes read: the gradient of y, x and, where a residual was added, y; else null.
template <typename T>
struct Seen {
  const T* gradient;
  const T* x;
  const T* y;
};

/// The sums over rows of g and of g * (x - mean), where g is the gradient before the activation.
void gradient_sums(const Seen<float>& seen, Shape shape, Affine affine, const float* mean,
                   float* sum, float* product);
void gradient_sums(const Seen<uint16_t>& seen, Shape shape, Affine affine, const float* mean,
                   float* sum, float* product);

/// The gradient of x, g * scale + x * slope + offset, and that of the residual, g, unless null.
struct InputGradient {
  const float* slope;
  const float* offset;
};
void input_gradient(const Seen<float>& seen, Shape shape, Affine affine, InputGradient factors,
                    float* of_x, float* of_residual);
void input_gradient(const Seen<uint16_t>& seen, Shape shape, Affine affine, InputGradient factors,
                    uint16_t* of_x, uint16_t* of_residual);

}  // namespace sslx::batch_norm
