#include "host/train/diagnostics.h"

#include <fmt/format.h>
#include <sslx/losses.h>
#include <torch/special.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace sslx::train {
namespace {

/// A figure that says collapse where it is less.
struct Limit {
  std::string_view prefix;
  double least;
  bool tells(const std::string& name) const { return name.starts_with(prefix); }
};

constexpr Limit kLimits[]{{"output_deviation", kCollapsedDeviation},
                          {"output_rank", kCollapsedOutputRank},
                          {"output_information", kCollapsedInformation},
                          {"feature_deviation", kCollapsedDeviation},
                          {"effective_rank", kCollapsedRank}};

torch::Tensor unit_doubles(const torch::Tensor& x) { return unit_rows(x.to(torch::kFloat64)); }

}  // namespace

double alignment(const torch::Tensor& x, const torch::Tensor& y) {
  return (unit_doubles(x) - unit_doubles(y)).square().sum(1).mean().item<double>();
}

double uniformity(const torch::Tensor& x) {
  const torch::Tensor squares = torch::pdist(unit_doubles(x)).square();
  return (-2 * squares).exp().mean().log().item<double>();
}

// The singular values are the roots of the eigenvalues of the smaller of the two products, which
// are had many times faster.
double effective_rank(const torch::Tensor& x) {
  const torch::Tensor wide = x.to(torch::kFloat64);
  if (!wide.isfinite().all().item<bool>()) return std::numeric_limits<double>::quiet_NaN();
  const torch::Tensor centred = wide - wide.mean(0, /*keepdim=*/true);
  const bool tall = centred.size(0) > centred.size(1);
  const torch::Tensor product =
      tall ? torch::mm(centred.t(), centred) : torch::mm(centred, centred.t());
  const torch::Tensor values = at::linalg_eigvalsh(product).clamp_min(0).sqrt();
  const double sum = values.sum().item<double>();
  // Rounding alone leaves this much of rows that are all the same.
  if (sum <= 1e-9 * wide.norm().item<double>()) return 0;
  const torch::Tensor share = values / sum;
  return std::exp(-torch::special::xlogy(share, share).sum().item<double>());
}

bool tells_collapse(const std::string& name) {
  return std::ranges::any_of(kLimits, [&](const Limit& limit) { return limit.tells(name); });
}

std::string collapse(const std::map<std::string, double>& figures) {
  for (const auto& [name, value] : figures) {
    for (const Limit& limit : kLimits) {
      if (limit.tells(name) && value < limit.least) {
        return fmt::format("{} is {:.3g} over the last epoch, below {:g}", name, value,
                           limit.least);
      }
    }
  }
  return "";
}

}  // namespace sslx::train
