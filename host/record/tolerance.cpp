#include "host/record/tolerance.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>

namespace sslx::record {

double tolerance(double percent, int64_t images) {
  const double share = std::clamp(percent / 100, 0.0, 1.0);
  return 3.0 + 2 * 100 * std::sqrt(2 * share * (1 - share) / static_cast<double>(images));
}

double least_share(size_t same, size_t sample) {
  if (same == 0) return 0;
  return boost::math::binomial_distribution<>::find_lower_bound_on_p(
      static_cast<double>(sample), static_cast<double>(same), 0.05);
}

}  // namespace sslx::record
