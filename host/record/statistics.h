// What the seeds of an experiment say: means and their intervals, the sign-flip test of paired
// differences, rank correlation, and Holm's correction for several tests.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace sslx::record {

/// Mean and half-width of the 95 % interval over seeds (Student's t).
struct Statistic {
  size_t n = 0;
  double mean = 0;
  std::optional<double> half_width;  ///< From two seeds on.
};

/// Error when `level` is not in (0, 1).
double student_t_quantile(double level, double degrees_of_freedom);

Statistic summarize(const std::vector<double>& values);

/// The standard deviation (n - 1 in the denominator); empty for fewer than two values.
std::optional<double> deviation_of(const std::vector<double>& values);

/// Spearman's rank correlation, equal values sharing their mean rank; empty for fewer than three
/// pairs or when one side is constant.
std::optional<double> spearman(const std::vector<double>& a, const std::vector<double>& b);

/// The exact sign-flip test of values whose signs are as likely as not: how often as great a sum,
/// of either sign or (one-sided) upwards, comes of flipping them. Beyond 20 values a million flips
/// are drawn.
double sign_flip(const std::vector<double>& values, bool one_sided = false);

/// The least that it can be for so many values: 0.25 for 3, 0.031 for 6, two-sided.
double least_sign_flip(size_t n, bool one_sided = false);

/// Of how often something happened in n tries: the two-sided test of a fair coin, and the exact 95
/// % interval of the share (Clopper and Pearson).
struct Share {
  double p = 1;
  double low = 0;
  double high = 1;
};
Share share_of(size_t happened, size_t n);

/// Holm's corrected p of each of several tests, in their order.
std::vector<double> holm(const std::vector<double>& p);

/// How many values of this mean and deviation would have a 95 % interval within `margin` of it; at
/// least 3, empty beyond `most`.
std::optional<size_t> values_needed(double margin, double deviation, size_t most);

}  // namespace sslx::record
