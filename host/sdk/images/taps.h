// Which inputs make each output of one axis of a resize, and with what weights: torch's antialiased
// bilinear and bicubic (a = -0.5) filters, widened when shrinking.
#pragma once

#include <sslx/detail/interpolation.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sslx::image_ops {

/// Outputs that are made together from one stretch of inputs, by permutations of registers: output
/// `i` of a group is the sum over k of weight[k][i] * input[base + place[k][i]].
struct TapGroups {
  static constexpr int kLanes = 16;    ///< Of a register; a group is that many outputs, or half.
  static constexpr int kStretch = 32;  ///< Inputs that two registers hold.
  int width = 0;                       ///< Outputs of a group; 0: no groups can be made.
  std::vector<int> start;              ///< First output of each group; the last may overlap.
  std::vector<int> base;               ///< First input of each group.
  std::vector<int32_t> place;          ///< [groups, taps, kLanes]
  std::vector<float> weight;           ///< [groups, taps, kLanes]
};

struct Taps {
  int most = 0;    ///< Room for the weights of an output; beyond `count` they are 0.
  int widest = 0;  ///< The largest of `count`.
  std::vector<int> first;
  std::vector<int> count;
  std::vector<float> weight;

  /// The stretch of `length` inputs that begins `begin` after the first, to `out` outputs: both may
  /// be fractions. The first `inputs` inputs are read, none beyond. Every weight is multiplied by
  /// `gain`.
  void prepare(double begin, double length, int inputs, int out, double gain,
               Interpolation interpolation);

  /// Where two registers of inputs hold what 16 or 8 neighbouring outputs need.
  void group(TapGroups& out) const;

  const float* weights(size_t i) const { return weight.data() + i * static_cast<size_t>(most); }
};

}  // namespace sslx::image_ops
