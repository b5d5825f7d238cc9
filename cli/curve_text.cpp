#include "cli/curve_text.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "cli/table.h"

namespace sslx::cli {
namespace {

using record::CurvePoint;
using Points = std::vector<CurvePoint>;

/// Two by four dots a character (Unicode's Braille patterns).
class DotCanvas {
 public:
  DotCanvas(size_t columns, size_t lines)
      : columns_(columns), lines_(lines), dots_(columns * lines, 0) {}

  size_t width() const { return 2 * columns_; }
  size_t height() const { return 4 * lines_; }

  /// The lowest row is 0.
  void set(size_t x, size_t row) {
    static constexpr std::array<std::array<uint8_t, 2>, 4> kDots{
        {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    const size_t y = height() - 1 - row;
    dots_[y / 4 * columns_ + x / 2] |= kDots.at(y % 4).at(x % 2);
  }

  std::string line(size_t number) const {
    std::string out;
    for (size_t i = 0; i < columns_; ++i) {
      const uint8_t dots = dots_[number * columns_ + i];
      // U+2800 and the dots, in UTF-8.
      out += dots == 0 ? std::string(" ")
                       : std::string{'\xE2', static_cast<char>(0xA0 | (dots >> 6U)),
                                     static_cast<char>(0x80 | (dots & 0x3FU))};
    }
    return out.substr(0, out.find_last_not_of(' ') + 1);
  }

 private:
  size_t columns_;
  size_t lines_;
  std::vector<uint8_t> dots_;
};

struct Range {
  double low = 0;
  double high = 0;

  /// 0 to 1, and the middle where there is one value only, or more between them than a double
  /// holds.
  double share(double value) const {
    const double out = (value - low) / (high - low);
    return std::isfinite(out) ? out : 0.5;
  }
};

Range range_of(const Points& points) {
  Range out{INFINITY, -INFINITY};
  for (const CurvePoint& point : points) {
    if (!std::isfinite(point.value)) continue;
    out.low = std::min(out.low, point.value);
    out.high = std::max(out.high, point.value);
  }
  return out;
}

/// A straight line from each point to the next, unless one of them is no number.
void draw(DotCanvas& canvas, const Points& points, const Range& values) {
  const Range steps{static_cast<double>(points.front().step),
                    static_cast<double>(points.back().step)};
  const auto place = [&](double step, double value) {
    const auto at = [](double share, size_t dots) {
      return static_cast<size_t>(std::lround(share * static_cast<double>(dots - 1)));
    };
    canvas.set(at(steps.share(step), canvas.width()), at(values.share(value), canvas.height()));
  };
  for (size_t i = 0; i < points.size(); ++i) {
    const CurvePoint& from = points[i];
    if (!std::isfinite(from.value)) continue;
    place(static_cast<double>(from.step), from.value);
    if (i + 1 == points.size() || !std::isfinite(points[i + 1].value)) continue;
    const CurvePoint& to = points[i + 1];
    const size_t parts = 2 * (canvas.width() + canvas.height());
    for (size_t part = 1; part < parts; ++part) {
      const double share = static_cast<double>(part) / static_cast<double>(parts);
      place(static_cast<double>(from.step) + share * static_cast<double>(to.step - from.step),
            from.value + share * (to.value - from.value));
    }
  }
}

/// Many and of interest to few.
bool is_detail(const std::string& name) {
  return name.starts_with("gradient_norm.") || name.starts_with("share_") ||
         name == "peak_device_memory_bytes";
}

std::string steps_line(const Points& points, size_t columns) {
  const std::string begin = fmt::format("step {}", points.front().step);
  const std::string end = fmt::format("{} (epoch {})", points.back().step, points.back().epoch);
  const size_t gap = columns > begin.size() + end.size() ? columns - begin.size() - end.size() : 1;
  return begin + std::string(gap, ' ') + end;
}

}  // namespace

record::Curves chosen_curves(const record::Curves& curves, const std::vector<std::string>& names) {
  record::Curves out;
  std::vector<std::string> known;
  for (const auto& [name, points] : curves) {
    known.push_back(name);
    if (names.empty() && !is_detail(name)) out.emplace(name, points);
  }
  for (const std::string& name : names) {
    const auto found = curves.find(name);
    if (found == curves.end()) {
      const std::string near = nearest_word(name, known);
      throw input_error(fmt::format("the run has no figure '{}'; {}", name,
                                    near.empty() ? fmt::format("it has {}", fmt::join(known, ", "))
                                                 : fmt::format("the nearest is '{}'", near)));
    }
    out.insert(*found);
  }
  return out;
}

std::string curve_plot(const std::string& name, const Points& points, size_t columns,
                       size_t lines) {
  std::string out = fmt::format("{}  {:.6g} ... {:.6g} ({} values)\n", name, points.front().value,
                                points.back().value, points.size());
  const Range values = range_of(points);
  if (values.low > values.high) return out + "  no value of it is a finite number\n";
  DotCanvas canvas(columns, lines);
  draw(canvas, points, values);
  const std::string top = fmt::format("{:.4g}", values.high);
  const std::string bottom = fmt::format("{:.4g}", values.low);
  const size_t width = std::max(top.size(), bottom.size());
  for (size_t i = 0; i < lines; ++i) {
    const std::string label = i == 0 ? top : i + 1 == lines ? bottom : "";
    out += fmt::format("  {:>{}} |{}\n", label, width, canvas.line(i));
  }
  return out + fmt::format("  {:>{}}  {}\n", "", width, steps_line(points, columns));
}

std::string curves_csv(const record::Curves& curves) {
  std::map<std::pair<int64_t, int64_t>, std::vector<std::string>> rows;
  std::string out = "step,epoch";
  size_t column = 0;
  for (const auto& [name, points] : curves) {
    out += ',' + csv_field(name);
    for (const CurvePoint& point : points) {
      std::vector<std::string>& row = rows[{point.step, point.epoch}];
      row.resize(curves.size());
      if (std::isfinite(point.value)) row[column] = fmt::format("{}", point.value);
    }
    ++column;
  }
  out += '\n';
  for (const auto& [at, values] : rows) {
    out += fmt::format("{},{},{}\n", at.first, at.second, fmt::join(values, ","));
  }
  return out;
}

}  // namespace sslx::cli
