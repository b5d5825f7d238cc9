#include "host/record/claim_verdicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "host/record/contrast.h"
#include "host/record/layout.h"
#include "host/record/published.h"
#include "host/record/statistics.h"

namespace sslx::record {
namespace {

using nlohmann::json;
using Trials = std::vector<const TrialData*>;

/// What keeps a claim from being judged.
struct NotJudged {
  std::string why;
};

TrialValues values_of(const PlannedTrial& trial) {
  return {trial.variant, trial.seed, trial.axes, trial.config, trial.build};
}

/// "BYOL, method.temperature=0.5": all of a trial but its seed.
std::string configuration_of(const TrialData& data) {
  const size_t seed = data.label.rfind("seed ");
  const std::string out = data.label.substr(0, seed);
  return out.ends_with(", ") ? out.substr(0, out.size() - 2) : out;
}

json selector(const std::string& path, const json& value) {
  json out = json::object();
  out[path] = value;
  return out;
}

/// Judges the claims of one plan.
class Judge {
 public:
  explicit Judge(const SweepData& data) : data_(data), layout_(make_layout(data)) {}

  ClaimVerdict judged(const SurveyClaim& claim) {
    ClaimVerdict out;
    out.claim = claim;
    protocols_.clear();
    try {
      const std::vector<Contrast> contrasts = contrasts_of(claim);
      for (const Contrast& contrast : contrasts) {
        if (contrast.values.empty()) throw NotJudged{"no seed of " + contrast.of + " has ended"};
      }
      out.unit = unit_of(claim);
      judge(contrasts, out);
      if (out.decision == Decision::kContradicted) out.why = claim.reason;
    } catch (const NotJudged& reason) {
      out.why = reason.why;
    }
    return out;
  }

 private:
  std::vector<Contrast> contrasts_of(const SurveyClaim& claim) {
    switch (claim.form) {
      case ClaimForm::kGap:
        return over(claim, {{claim.cells.at(0), claim.cells.at(1)}});
      case ClaimForm::kGain:
        return {gain(claim)};
      case ClaimForm::kOrder:
        return over(claim, neighbours(cells_of(claim)));
      case ClaimForm::kBest:
        return best(claim);
      case ClaimForm::kEqual:
        return equal(claim);
      case ClaimForm::kCollapse:
      case ClaimForm::kNoCollapse:
        return collapse(claim);
      case ClaimForm::kTrend:
        return {trend(claim)};
      case ClaimForm::kPeak:
        return peak(claim);
      case ClaimForm::kRankCorrelation:
        return {correlation(claim)};
    }
    return {};
  }

  using Pairs = std::vector<std::pair<json, json>>;

  static Pairs neighbours(const std::vector<json>& cells) {
    Pairs out;
    for (size_t i = 0; i + 1 < cells.size(); ++i) out.emplace_back(cells[i], cells[i + 1]);
    return out;
  }

  std::vector<Contrast> over(const SurveyClaim& claim, const Pairs& pairs) {
    std::vector<Contrast> out;
    for (const auto& [a, b] : pairs) {
      out.push_back(difference(words(a, " over ", b), cell(claim, a), cell(claim, b)));
      out.back().threshold = claim.at_least;
    }
    return out;
  }

  static std::string words(const json& a, const char* between, const json& b) {
    return selector_words(a) + between + selector_words(b);
  }

  Contrast gain(const SurveyClaim& claim) {
    const auto& cells = claim.cells;
    const Contrast first = difference(words(cells.at(0), " over ", cells.at(1)),
                                      cell(claim, cells.at(0)), cell(claim, cells.at(1)));
    const Contrast second = difference(words(cells.at(2), " over ", cells.at(3)),
                                       cell(claim, cells.at(2)), cell(claim, cells.at(3)));
    Contrast out = difference(fmt::format("({}) against ({})", first.of, second.of), first.values,
                              second.values);
    out.threshold = claim.at_least;
    return out;
  }

  /// Of an axis its values, where the claim names no cells.
  std::vector<json> cells_of(const SurveyClaim& claim) {
    if (!claim.cells.empty()) return claim.cells;
    std::vector<json> out;
    for (const json& value : axis_values(claim)) out.push_back(selector(claim.axis, value));
    return out;
  }

  std::vector<Contrast> equal(const SurveyClaim& claim) {
    const std::vector<json> cells = cells_of(claim);
    std::vector<Contrast> out;
    for (size_t i = 0; i < cells.size(); ++i) {
      for (size_t j = i + 1; j < cells.size(); ++j) {
        out.push_back(difference(words(cells[i], " against ", cells[j]), cell(claim, cells[i]),
                                 cell(claim, cells[j])));
        out.back().threshold = claim.within;
        out.back().is_within = true;
      }
    }
    return out;
  }

  /// One configuration over each other one.
  std::vector<Contrast> best(const SurveyClaim& claim) {
    const Trials own = selected(claim, claim.cells.at(0));
    std::set<std::string> own_configurations;
    for (const TrialData* trial : own) own_configurations.insert(configuration_of(*trial));
    std::map<std::string, Trials> others;
    for (const TrialData* trial : selected(claim, json::object())) {
      const std::string configuration = configuration_of(*trial);
      if (!own_configurations.contains(configuration)) others[configuration].push_back(trial);
    }
    if (others.empty()) throw NotJudged{"there is nothing else to compare it with"};
    const BySeed ours = by_seed(claim.metric, own);
    std::vector<Contrast> out;
    for (const auto& [configuration, trials] : others) {
      out.push_back(difference(selector_words(claim.cells.at(0)) + " over " + configuration, ours,
                               by_seed(claim.metric, trials)));
      out.back().threshold = claim.at_least;
    }
    return out;
  }

  std::vector<Contrast> collapse(const SurveyClaim& claim) {
    std::vector<Contrast> out;
    for (const json& cell : claim.cells) {
      Contrast& one = out.emplace_back();
      one.is_share = true;
      one.of = selector_words(cell);
      for (const TrialData* trial : selected(claim, cell)) {
        if (!trial->counted) continue;
        const bool collapsed = trial->counted->summary.state == "collapsed";
        const bool as_claimed = collapsed == (claim.form == ClaimForm::kCollapse);
        const auto [place, is_new] = one.values.emplace(trial->trial.seed, as_claimed ? 1 : 0);
        if (!is_new && !as_claimed) place->second = 0;
      }
    }
    return out;
  }

  /// The values of the axis among the trials of `where`, in the plan's order.
  std::vector<json> axis_values(const SurveyClaim& claim) {
    std::vector<json> out;
    std::vector<std::string> seen;
    for (const TrialData* trial : selected(claim, json::object())) {
      const auto value = trial_value(trial->trial, claim.axis);
      if (!value || std::ranges::count(seen, *value) > 0) continue;
      seen.push_back(*value);
      out.push_back(trial->trial.axes.value(claim.axis, json(*value)));
    }
    if (out.size() < 2) {
      throw NotJudged{fmt::format("this plan has {} of '{}'",
                                  out.empty() ? "no value" : "one value", claim.axis)};
    }
    return out;
  }

  /// By how much a line through the metric, its points as far apart as the axis's values are in
  /// their order, rises from the first to the last.
  Contrast trend(const SurveyClaim& claim) {
    const std::vector<json> values = axis_values(claim);
    std::vector<BySeed> cells;
    for (const json& value : values) cells.push_back(cell(claim, selector(claim.axis, value)));
    Contrast out;
    out.of = fmt::format("{} from {} to {}", claim.axis, shown_value(values.front()),
                         shown_value(values.back()));
    out.threshold = claim.at_least;
    const double middle = static_cast<double>(values.size() - 1) / 2;
    for (const auto& [seed, unused] : cells.front()) {
      double products = 0;
      double squares = 0;
      bool all = true;
      for (size_t i = 0; i < cells.size() && all; ++i) {
        const auto found = cells[i].find(seed);
        all = found != cells[i].end();
        const double place = static_cast<double>(i) - middle;
        products += all ? place * found->second : 0;
        squares += place * place;
      }
      const double rise = products / squares * 2 * middle;
      if (all) out.values[seed] = claim.falls ? -rise : rise;
    }
    return out;
  }

  std::vector<Contrast> peak(const SurveyClaim& claim) {
    const std::vector<json> values = axis_values(claim);
    const json top = selector(claim.axis, claim.at);
    return over(claim, {{top, selector(claim.axis, values.front())},
                        {top, selector(claim.axis, values.back())}});
  }

  /// Each seed's own coefficient, over the cells for which the paper has a number.
  Contrast correlation(const SurveyClaim& claim) {
    const Published published(data_.sweep.table.value("published", json::object()));
    std::vector<std::string> names = layout_.rows;
    names.insert(names.end(), layout_.columns.begin(), layout_.columns.end());
    std::map<std::string, Trials> configurations;
    for (const TrialData* trial : selected(claim, json::object())) {
      configurations[configuration_of(*trial)].push_back(trial);
    }
    std::map<uint64_t, std::pair<std::vector<double>, std::vector<double>>> found;
    size_t cells = 0;
    for (const auto& [configuration, trials] : configurations) {
      const PlannedTrial& first = trials.front()->trial;
      if (key_of(first, layout_.rows) == key_of(first, layout_.columns)) continue;
      const PublishedFigure figure = published.at(names, key_of(first, names));
      if (figure.rows != 1 || !figure.value) continue;
      ++cells;
      for (const auto& [seed, value] : by_seed(claim.metric, trials)) {
        found[seed].first.push_back(value);
        found[seed].second.push_back(*figure.value);
      }
    }
    if (cells < 3) throw NotJudged{"fewer than three cells have a published figure"};
    Contrast out;
    out.of = fmt::format("the {} cells that both have", cells);
    out.threshold = claim.at_least;
    for (const auto& [seed, both] : found) {
      const auto coefficient = spearman(both.first, both.second);
      if (both.first.size() == cells && coefficient) out.values[seed] = *coefficient;
    }
    return out;
  }

  Trials selected(const SurveyClaim& claim, const json& cell) const {
    Trials out;
    for (const TrialData& trial : data_.trials) {
      const TrialValues values = values_of(trial.trial);
      if (is_selected(values, claim.where) && is_selected(values, cell)) out.push_back(&trial);
    }
    if (out.empty()) throw NotJudged{"no trial of this plan is " + selector_words(cell)};
    return out;
  }

  BySeed cell(const SurveyClaim& claim, const json& of) {
    return by_seed(of.value("metric", claim.metric), selected(claim, of));
  }

  /// The mean over configurations of each seed that all of them have.
  BySeed by_seed(const std::string& metric, const Trials& trials) {
    std::map<uint64_t, std::map<std::string, double>> found;
    std::set<std::string> configurations;
    for (const TrialData* trial : trials) {
      const std::string configuration = configuration_of(*trial);
      configurations.insert(configuration);
      if (!trial->counted) continue;
      const auto value = figure_of(metric, *trial->counted);
      if (value) found[trial->trial.seed][configuration] = *value;
    }
    BySeed out;
    for (const auto& [seed, values] : found) {
      if (values.size() != configurations.size()) continue;
      double sum = 0;
      for (const auto& [configuration, value] : values) sum += value;
      out[seed] = sum / static_cast<double>(values.size());
    }
    return out;
  }

  /// Under the one protocol that all runs of the claim have the metric under.
  std::optional<double> figure_of(const std::string& metric, const RunFacts& run) {
    std::set<std::string>& protocols = protocols_[metric];
    std::string protocol;
    for (const ResultValue& result : run.results) {
      if (result.metric != metric) continue;
      protocols.insert(result.protocol);
      protocol = result.protocol;
    }
    if (protocols.size() > 1) {
      throw NotJudged{"its cells have " + metric +
                      " under several protocols, which are not comparable"};
    }
    return measured(run, metric, protocol);
  }

  std::string unit_of(const SurveyClaim& claim) const {
    if (claim.form == ClaimForm::kRankCorrelation) return "";
    for (const TrialData& trial : data_.trials) {
      if (!trial.counted) continue;
      for (const ResultValue& result : trial.counted->results) {
        if (result.metric == claim.metric) return result.unit;
      }
    }
    return "";
  }

  const SweepData& data_;
  Layout layout_;
  std::map<std::string, std::set<std::string>> protocols_;  ///< Of the claim at hand, by metric.
};

}  // namespace

const char* decision_word(Decision decision) {
  switch (decision) {
    case Decision::kConfirmed:
      return "confirmed";
    case Decision::kContradicted:
      return "contradicted";
    case Decision::kUndecided:
      break;
  }
  return "undecided";
}

std::vector<ClaimVerdict> judge_claims(const SweepData& data) {
  std::vector<ClaimVerdict> out;
  const std::vector<SurveyClaim> claims = claims_of(data.sweep.table);
  if (claims.empty()) return out;
  Judge judge(data);
  for (const SurveyClaim& claim : claims) out.push_back(judge.judged(claim));
  std::vector<double> p;
  for (const ClaimVerdict& one : out) {
    if (one.p) p.push_back(*one.p);
  }
  const std::vector<double> corrected = holm(p);
  size_t at = 0;
  for (ClaimVerdict& one : out) {
    if (one.p) one.corrected = corrected[at++];
  }
  return out;
}

}  // namespace sslx::record
