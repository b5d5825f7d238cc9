#include <fmt/format.h>
#include <sslx/error.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "host/record/pivot.h"

namespace sslx::record {

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

}  // namespace sslx::record
