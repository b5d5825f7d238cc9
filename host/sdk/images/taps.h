// Which inputs make each output of one axis of a resize, and with what weights: torch's antialiased
// bilinear and bicubic (a = -0.5) filters, widened when shrinking.
#pragma once

#include <sslx/image_ops.h>

#include <cstddef>
#include <vector>

namespace sslx::image_ops {

/// The filter at `x`, which is a distance in the coarser of the two grids.
double filter_value(Interpolation interpolation, double x);
/// Beyond this distance the filter is 0.
double filter_reach(Interpolation interpolation);

struct Taps {
  int most = 0;  ///< Weights kept for an output.
  std::vector<int> first;
  std::vector<int> count;
  std::vector<float> weight;

  /// `length` inputs to `out` outputs; every weight is multiplied by `gain`.
  void prepare(int length, int out, double gain, Interpolation interpolation);

  const float* weights(size_t i) const { return weight.data() + i * static_cast<size_t>(most); }
};

}  // namespace sslx::image_ops
