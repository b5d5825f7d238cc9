#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "host/record/pivot.h"

namespace sslx::record {
namespace {

/// 1 for the least; equal values share the mean of their ranks.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<double> out;
  for (const double value : values) {
    const auto below = std::ranges::count_if(values, [&](double other) { return other < value; });
    const auto equal = std::ranges::count(values, value);
    out.push_back(static_cast<double>(below) + static_cast<double>(equal + 1) / 2);
  }
  return out;
}

/// Pearson's coefficient; empty when one side is constant.
std::optional<double> correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = summarize(a).mean;
  const double mean_b = summarize(b).mean;
  double both = 0;
  double squares_a = 0;
  double squares_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    squares_a += (a[i] - mean_a) * (a[i] - mean_a);
    squares_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  if (squares_a == 0 || squares_b == 0) return std::nullopt;
  return both / std::sqrt(squares_a * squares_b);
}

}  // namespace

double student_t_quantile(double level, double degrees_of_freedom) {
  if (!(level > 0 && level < 1) || !(degrees_of_freedom > 0)) {
    throw Error(ErrorKind::kSystem,
                fmt::format("Student's t has no quantile {} with {} degrees of freedom", level,
                            degrees_of_freedom));
  }
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), level);
}

Statistic summarize(const std::vector<double>& values) {
  Statistic out;
  out.n = values.size();
  if (values.empty()) return out;
  const auto n = static_cast<double>(values.size());
  out.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return out;
  double squares = 0;
  for (const double value : values) squares += (value - out.mean) * (value - out.mean);
  out.half_width = student_t_quantile(0.975, n - 1) * std::sqrt(squares / (n - 1) / n);
  return out;
}

std::optional<double> spearman(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() < 3 || a.size() != b.size()) return std::nullopt;
  return correlation(ranks_of(a), ranks_of(b));
}

}  // namespace sslx::record
