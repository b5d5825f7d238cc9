#include "host/record/statistics.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <random>

namespace sslx::record {
namespace {

constexpr size_t kExact = 20;         ///< As many values have all their signs tried.
constexpr size_t kDrawn = 1'000'000;  ///< Else so many are drawn.

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
  out.half_width = student_t_quantile(0.975, n - 1) * *deviation_of(values) / std::sqrt(n);
  return out;
}

std::optional<double> deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1));
}

std::optional<double> spearman(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() < 3 || a.size() != b.size()) return std::nullopt;
  return correlation(ranks_of(a), ranks_of(b));
}

double sign_flip(const std::vector<double>& values, bool one_sided) {
  const size_t n = values.size();
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  double whole = 0;
  for (const double value : values) whole += std::abs(value);
  const double as_great = sum - 1e-12 * whole;  // the same terms in another order
  const auto reaches = [&](double flipped) {
    return one_sided ? flipped >= as_great : std::abs(flipped) >= std::abs(sum) - 1e-12 * whole;
  };
  const auto flipped_sum = [&](uint64_t signs) {
    double out = 0;
    for (size_t i = 0; i < n; ++i) out += ((signs >> i) & 1U) != 0 ? -values[i] : values[i];
    return out;
  };
  size_t reached = 0;
  if (n <= kExact) {
    const uint64_t all = uint64_t{1} << n;
    for (uint64_t signs = 0; signs < all; ++signs) reached += reaches(flipped_sum(signs)) ? 1 : 0;
    return static_cast<double>(reached) / static_cast<double>(all);
  }
  std::mt19937_64 random(n);  // the same answer each time
  for (size_t i = 0; i < kDrawn; ++i) {
    double flipped = 0;
    for (size_t at = 0; at < n; at += 64) {
      const uint64_t signs = random();
      for (size_t j = at; j < std::min(n, at + 64); ++j) {
        flipped += ((signs >> (j - at)) & 1U) != 0 ? -values[j] : values[j];
      }
    }
    reached += reaches(flipped) ? 1 : 0;
  }
  return static_cast<double>(reached + 1) / static_cast<double>(kDrawn + 1);
}

double least_sign_flip(size_t n, bool one_sided) {
  if (n > kExact) return 1 / static_cast<double>(kDrawn + 1);
  return std::min(1.0, (one_sided ? 1.0 : 2.0) / static_cast<double>(uint64_t{1} << n));
}

Share share_of(size_t happened, size_t n) {
  using boost::math::binomial_distribution;
  if (n == 0) return {};
  const auto tries = static_cast<double>(n);
  const auto successes = static_cast<double>(happened);
  const double tail = std::min(successes, tries - successes);
  const double below = boost::math::cdf(binomial_distribution<>(tries, 0.5), tail);
  return {std::min(1.0, 2 * below),
          binomial_distribution<>::find_lower_bound_on_p(tries, successes, 0.025),
          binomial_distribution<>::find_upper_bound_on_p(tries, successes, 0.025)};
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return p[i]; });
  std::vector<double> out(p.size());
  double least = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    least = std::max(least, p[order[i]] * static_cast<double>(p.size() - i));
    out[order[i]] = std::min(1.0, least);
  }
  return out;
}

std::optional<size_t> values_needed(double margin, double deviation, size_t most) {
  for (size_t n = 3; n <= most; ++n) {
    const auto count = static_cast<double>(n);
    if (student_t_quantile(0.975, count - 1) * deviation / std::sqrt(count) < margin) return n;
  }
  return std::nullopt;
}

}  // namespace sslx::record
