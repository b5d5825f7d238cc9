#include "host/record/contrast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "host/record/statistics.h"

namespace sslx::record {
namespace {

constexpr size_t kMostSeeds = 100;  ///< More are not foretold.

struct Judged {
  Decision decision = Decision::kUndecided;
  Statistic statistic;
  std::optional<double> low;
  std::optional<double> high;
  std::optional<double> p;
  double least_p = 1;
  std::optional<size_t> needed;
  double margin = 0;  ///< How far the interval's end is beyond the threshold; the least decides.
};

std::vector<double> values_of(const BySeed& by_seed) {
  std::vector<double> out;
  for (const auto& [seed, value] : by_seed) out.push_back(value);
  return out;
}

std::vector<double> plus(std::vector<double> values, double number) {
  for (double& value : values) value += number;
  return values;
}

std::vector<double> negated(std::vector<double> values) {
  for (double& value : values) value = -value;
  return values;
}

/// The half-width that leaves `tail` beyond each end.
double half_width(const Judged& judged, double deviation, double tail) {
  const auto n = static_cast<double>(judged.statistic.n);
  return student_t_quantile(1 - tail, n - 1) * deviation / std::sqrt(n);
}

Judged judge_share(const std::vector<double>& values) {
  Judged out;
  out.statistic.n = values.size();
  const auto happened = static_cast<size_t>(std::ranges::count(values, 1.0));
  out.statistic.mean = 100.0 * static_cast<double>(happened) / static_cast<double>(values.size());
  const Share share = share_of(happened, values.size());
  out.low = 100 * share.low;
  out.high = 100 * share.high;
  out.p = share.p;
  out.least_p = least_sign_flip(values.size());
  out.margin = out.statistic.mean - 50;
  if (values.size() < kLeastSeeds) {
    out.needed = kLeastSeeds;
  } else if (happened == values.size()) {
    out.decision = Decision::kConfirmed;
  } else if (happened == 0) {
    out.decision = Decision::kContradicted;
  }
  return out;
}

/// `of`: how many contrasts the claim has.
Judged judge_one(const Contrast& contrast, size_t of) {
  const std::vector<double> values = values_of(contrast.values);
  if (contrast.is_share) return judge_share(values);
  Judged out;
  out.statistic = summarize(values);
  const double mean = out.statistic.mean;
  const double threshold = contrast.threshold;
  const double apart = contrast.is_within ? threshold - std::abs(mean) : mean - threshold;
  out.margin = apart - out.statistic.half_width.value_or(1e9);
  out.least_p = least_sign_flip(values.size(), contrast.is_within);
  const std::optional<double> deviation = deviation_of(values);
  if (!deviation) {
    out.needed = kLeastSeeds;
    return out;
  }
  out.low = mean - *out.statistic.half_width;
  out.high = mean + *out.statistic.half_width;
  out.p = contrast.is_within ? std::max(sign_flip(plus(values, threshold), true),
                                        sign_flip(plus(negated(values), threshold), true))
                             : sign_flip(plus(values, -threshold));
  const double strict = half_width(out, *deviation, 0.025 / static_cast<double>(of));
  if (values.size() < kLeastSeeds) {
    out.needed = kLeastSeeds;
  } else if (out.margin > 0) {
    out.decision = Decision::kConfirmed;
  } else if (-apart > strict) {
    out.decision = Decision::kContradicted;
  } else {
    out.needed = values_needed(std::abs(apart), *deviation, kMostSeeds);
  }
  return out;
}

}  // namespace

Contrast difference(const std::string& of, const BySeed& a, const BySeed& b) {
  Contrast out;
  out.of = of;
  std::vector<double> first;
  std::vector<double> second;
  for (const auto& [seed, value] : a) {
    const auto other = b.find(seed);
    if (other == b.end()) continue;
    out.values[seed] = value - other->second;
    first.push_back(value);
    second.push_back(other->second);
  }
  const auto both = [&](const auto& values) { return deviation_of(values).value_or(0); };
  if (first.size() > 1) out.unpaired = std::hypot(both(first), both(second));
  return out;
}

void judge(const std::vector<Contrast>& contrasts, ClaimVerdict& out) {
  std::vector<Judged> all;
  for (const Contrast& contrast : contrasts) all.push_back(judge_one(contrast, contrasts.size()));
  const auto is = [](Decision decision) {
    return [decision](const Judged& judged) { return judged.decision == decision; };
  };
  if (std::ranges::all_of(all, is(Decision::kConfirmed))) out.decision = Decision::kConfirmed;
  if (std::ranges::any_of(all, is(Decision::kContradicted))) out.decision = Decision::kContradicted;
  const auto least = std::ranges::min_element(all, {}, &Judged::margin);
  const Contrast& decides = contrasts[static_cast<size_t>(least - all.begin())];
  out.of = decides.of;
  out.comparisons = contrasts.size();
  out.seeds = least->statistic.n;
  if (out.seeds > 0) out.effect = least->statistic.mean;
  out.low = least->low;
  out.high = least->high;
  out.threshold = decides.is_share ? 50 : decides.threshold;
  out.is_within = decides.is_within;
  if (decides.is_share) out.unit = "% of seeds";
  for (const Judged& judged : all) {
    if (judged.p) out.p = std::max(out.p.value_or(0), *judged.p);
  }
  out.least_p = std::ranges::max_element(all, {}, &Judged::least_p)->least_p;
  const std::optional<double> deviation = deviation_of(values_of(decides.values));
  if (decides.unpaired && *decides.unpaired > 0 && deviation) {
    out.pairing = *deviation / *decides.unpaired;
  }
  if (out.decision != Decision::kUndecided) {
    out.more_seeds = 0;
    return;
  }
  size_t needed = out.seeds;
  for (const Judged& judged : all) {
    if (judged.decision != Decision::kUndecided) continue;
    if (!judged.needed) {
      out.why = fmt::format("more than {} seeds would be needed", kMostSeeds);
      return;
    }
    needed = std::max(needed, *judged.needed);
  }
  out.more_seeds = needed - out.seeds;
  out.why = out.seeds < kLeastSeeds
                ? fmt::format("{} of the {} seeds that decide at least", out.seeds, kLeastSeeds)
                : "the interval reaches over the threshold";
}

}  // namespace sslx::record
