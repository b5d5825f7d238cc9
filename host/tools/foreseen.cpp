#include "host/tools/foreseen.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/memory.h"

namespace sslx::train {
namespace {

constexpr double kEnough = 0.5;  ///< Seconds of a call, from which on the next can be foreseen.

double pixels_of(int64_t side) { return static_cast<double>(side) * static_cast<double>(side); }

/// a p + b p^2 through two points, neither part below 0.
double extrapolated(double p, double p1, double v1, double p2, double v2) {
  const double square = std::max(0.0, (v2 / p2 - v1 / p1) / (p2 - p1));
  const double linear = std::max(0.0, v2 / p2 - square * p2);
  return linear * p + square * p * p;
}

std::string time_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.0f} h", seconds / 3600);
}

}  // namespace

Cost foreseen(int64_t least, int64_t side, const std::function<void(int64_t)>& call) {
  if (side <= 2 * least) return {};
  call(least);  // what is done once alone counts for nothing
  int64_t small = least;
  Cost at_small = measured([&] { call(small); });
  int64_t large = 2 * least;
  Cost at_large = measured([&] { call(large); });
  while (at_large.seconds < kEnough && 2 * large < side) {
    small = large;
    at_small = at_large;
    large *= 2;
    at_large = measured([&] { call(large); });
  }
  const auto at_side = [&](double Cost::*part) {
    return extrapolated(pixels_of(side), pixels_of(small), at_small.*part, pixels_of(large),
                        at_large.*part);
  };
  return {at_side(&Cost::seconds), at_side(&Cost::bytes)};
}

void check_cost(const Cost& cost, const std::string& what, double most_seconds,
                const std::string& hint) {
  data::check_memory(cost.bytes, what, hint);
  if (most_seconds <= 0 || cost.seconds <= most_seconds) return;
  throw input_error(fmt::format("{} take about {}, and the limit is {}", what,
                                time_text(cost.seconds), time_text(most_seconds)),
                    hint);
}

}  // namespace sslx::train
