#include "host/sweep/axes.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <set>

namespace sslx::sweep {
namespace {

using nlohmann::json;

const json& checked_values(const json& values, const std::string& path, const std::string& origin) {
  if (!values.is_array() || values.empty()) {
    throw input_error(
        fmt::format("{}: the axis '{}' is {}; it must be a list of at least one value, as "
                    "\"{}\" = [1, 2]",
                    origin, path, values.dump().substr(0, 60), path));
  }
  return values;
}

Axis plain_axis(const std::string& path, const json& values, const std::string& origin) {
  Axis axis{{path}, {}, origin};
  for (const json& value : checked_values(values, path, origin)) axis.points.push_back({value});
  return axis;
}

/// `train.lr = [...]` and `"train.lr" = [...]` are the same axis.
void flatten(const json& table, const std::string& prefix,
             std::vector<std::pair<std::string, json>>& out) {
  for (const auto& [key, value] : table.items()) {
    if (value.is_object()) {
      flatten(value, prefix + key + ".", out);
    } else {
      out.emplace_back(prefix + key, value);
    }
  }
}

std::vector<std::pair<std::string, json>> flattened(const json& table) {
  std::vector<std::pair<std::string, json>> out;
  flatten(table, "", out);
  return out;
}

Axis zipped_axis(const json& table, const std::string& origin) {
  if (!table.is_object() || table.empty()) {
    throw input_error(
        origin +
        ": an element of zip must be a table of lists, as {\"a\" = [1, 2], \"b\" = [3, 4]}");
  }
  Axis axis{{}, {}, origin};
  for (const auto& [path, values] : flattened(table)) {
    checked_values(values, path, origin);
    if (!axis.paths.empty() && values.size() != axis.points.size()) {
      throw input_error(
          fmt::format("{}: '{}' has {} values and '{}' has {}; zipped axes must have "
                      "equally many",
                      origin, axis.paths[0], axis.points.size(), path, values.size()));
    }
    axis.points.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i) axis.points[i].push_back(values[i]);
    axis.paths.push_back(path);
  }
  return axis;
}

/// The number of the line in "file:line"; it orders the axes as the file does.
long line_of(const Axis& axis) {
  return std::strtol(axis.origin.c_str() + axis.origin.find_last_of(':') + 1, nullptr, 10);
}

void check_unique(const std::vector<Axis>& axes) {
  std::vector<std::string> seen;
  for (const Axis& axis : axes) {
    for (const std::string& path : axis.paths) {
      if (std::ranges::count(seen, path) > 0) {
        throw input_error(
            fmt::format("{}: '{}' is an axis twice; it must be one once", axis.origin, path));
      }
      seen.push_back(path);
    }
  }
}

/// The same point twice would be one trial in two places. 1 and 1.0 are one number.
void check_points(const Axis& axis) {
  std::set<std::vector<json>> seen;
  for (const std::vector<json>& point : axis.points) {
    if (seen.insert(point).second) continue;
    std::vector<std::string> values;
    for (const json& value : point) values.push_back(value.dump().substr(0, 60));
    throw input_error(fmt::format("{}: the axis '{}' has the value {} twice; each must differ",
                                  axis.origin, fmt::join(axis.paths, "', '"),
                                  fmt::join(values, ", ")));
  }
}

}  // namespace

std::vector<Axis> read_axes(const Config& table) {
  std::vector<Axis> axes;
  for (const auto& [path, values] : flattened(table.value)) {
    const std::string origin = table.origin(path);
    if (path != "zip") {
      axes.push_back(plain_axis(path, values, origin));
      continue;
    }
    if (!values.is_array()) throw input_error(origin + ": zip must be a list of tables");
    for (size_t i = 0; i < values.size(); ++i) {
      axes.push_back(zipped_axis(values[i], table.origin(fmt::format("zip.{}", i))));
    }
  }
  std::ranges::stable_sort(axes, {}, line_of);
  check_unique(axes);
  std::ranges::for_each(axes, check_points);
  return axes;
}

size_t count_points(const std::vector<Axis>& axes) {
  size_t count = 1;
  for (const Axis& axis : axes) {
    count *= axis.points.size();
    if (count > kMaxTrials) {
      throw input_error(
          fmt::format("{}: the axes make more than {} combinations; a sweep has at "
                      "most that many trials",
                      axis.origin, kMaxTrials));
    }
  }
  return count;
}

std::vector<AxisPoint> expand_axes(const std::vector<Axis>& axes) {
  const size_t count = count_points(axes);
  std::vector<AxisPoint> out(count, json::object());
  size_t repeat = count;
  for (const Axis& axis : axes) {
    repeat /= axis.points.size();
    for (size_t i = 0; i < count; ++i) {
      const auto& point = axis.points[i / repeat % axis.points.size()];
      for (size_t p = 0; p < axis.paths.size(); ++p) out[i][axis.paths[p]] = point[p];
    }
  }
  return out;
}

}  // namespace sslx::sweep
