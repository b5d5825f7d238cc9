#include "host/sdk/images/taps.h"

#include <algorithm>
#include <cmath>

namespace sslx::image_ops {
namespace {

/// The filter at `x`, which is a distance in the coarser of the two grids.
double filter_value(Interpolation interpolation, double x) {
  const double d = std::abs(x);
  if (interpolation == Interpolation::kBilinear) return std::max(0.0, 1 - d);
  constexpr double kA = -0.5;
  if (d < 1) return ((kA + 2) * d - (kA + 3)) * d * d + 1;
  return d < 2 ? ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA : 0;
}

/// Beyond this distance the filter is 0.
double filter_reach(Interpolation interpolation) {
  return interpolation == Interpolation::kBilinear ? 1 : 2;
}

}  // namespace

void Taps::prepare(double begin, double length, int inputs, int out, double gain,
                   Interpolation interpolation) {
  const double scale = length / out;
  const double widening = std::max(scale, 1.0);
  const double support = widening * filter_reach(interpolation);
  most = static_cast<int>(std::ceil(support)) * 2 + 1;
  first.resize(static_cast<size_t>(out));
  count.resize(static_cast<size_t>(out));
  weight.assign(static_cast<size_t>(out) * static_cast<size_t>(most), 0.0F);
  widest = 0;
  for (int i = 0; i < out; ++i) {
    const double centre = scale * (i + 0.5) + begin;
    const double from = centre - support + 0.5;
    const double to = centre + support + 0.5;
    const int start = std::max(static_cast<int>(from), 0);
    const int end = std::min(static_cast<int>(to), inputs);
    float* row = weight.data() + static_cast<ptrdiff_t>(i) * most;
    double total = 0;
    for (int j = start; j < end; ++j) {
      const double value = filter_value(interpolation, (j + 0.5 - centre) / widening);
      row[j - start] = static_cast<float>(value);
      total += value;
    }
    int kept = end - start;
    while (kept > 1 && row[kept - 1] == 0) --kept;
    widest = std::max(widest, kept);
    for (int j = 0; j < kept; ++j) row[j] = static_cast<float>(row[j] * (gain / total));
    first[static_cast<size_t>(i)] = start;
    count[static_cast<size_t>(i)] = kept;
  }
}

void Taps::group(TapGroups& groups) const {
  const int outputs = static_cast<int>(first.size());
  groups.width = 0;
  for (const int width : {TapGroups::kLanes, TapGroups::kLanes / 2}) {
    bool fits = outputs >= width;
    for (int i = 0; fits && i + width <= outputs; ++i) {
      const auto last = static_cast<size_t>(i + width - 1);
      fits = first[last] + widest - first[static_cast<size_t>(i)] <= TapGroups::kStretch;
    }
    if (fits) {
      groups.width = width;
      break;
    }
  }
  groups.start.clear();
  groups.base.clear();
  groups.place.clear();
  groups.weight.clear();
  for (int i = 0; groups.width > 0 && i < outputs; i += groups.width) {
    const int start = std::min(i, outputs - groups.width);
    groups.start.push_back(start);
    groups.base.push_back(first[static_cast<size_t>(start)]);
    for (int k = 0; k < widest; ++k) {
      for (int lane = 0; lane < TapGroups::kLanes; ++lane) {
        const int place_in_group = lane % groups.width;
        const auto output = static_cast<size_t>(start) + static_cast<size_t>(place_in_group);
        groups.place.push_back(first[output] - groups.base.back() + k);
        groups.weight.push_back(weights(output)[k]);
      }
    }
  }
}

}  // namespace sslx::image_ops
