// The axes of a sweep: each gives some paths of the configuration several values. Axes are combined
// as a grid in the order of the file; paths that are zipped move together and are one axis.
#pragma once

#include <string>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

constexpr size_t kMaxTrials = 100'000;

struct Axis {
  std::vector<std::string> paths;                   ///< More than one when zipped.
  std::vector<std::vector<nlohmann::json>> points;  ///< Each has one value a path.
  std::string origin;
};

/// One combination: path -> value, an object.
using AxisPoint = nlohmann::json;

/// Reads `[axes]`: "path" = [values], and zip = [{"path" = [...], "path" = [...]}].
std::vector<Axis> read_axes(const Config& table);

/// The number of combinations; throws Error(kInput) when there are more than kMaxTrials, without
/// making any.
size_t count_points(const std::vector<Axis>& axes);

/// All combinations, the last axis running fastest; one empty object when there is no axis.
std::vector<AxisPoint> expand_axes(const std::vector<Axis>& axes);

}  // namespace sslx::sweep
