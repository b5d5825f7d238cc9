// A claim of a survey or paper that a sweep tests: `[[claim]]` of its file, which is kept with the
// plan. It is judged by differences between runs of the same seed, never by single runs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/record/pivot_data.h"

namespace sslx::record {

/// What a claim says of its cells; "cell" is the mean of all trials that a table of paths and
/// values selects, seed by seed.
enum class ClaimForm {
  kGap,              ///< The first is above the second by more than at_least.
  kGain,             ///< First - second is above third - fourth by more than at_least.
  kOrder,            ///< Each is above the next by more than at_least.
  kBest,             ///< It is above every other configuration of `where`.
  kEqual,            ///< No two differ by as much as `within`.
  kCollapse,         ///< All seeds of each collapse.
  kNoCollapse,       ///< None of them does.
  kTrend,            ///< Along the axis the metric rises (falls), by more than at_least in all.
  kPeak,             ///< At `at` it is above both ends of the axis by more than at_least.
  kRankCorrelation,  ///< With the published table: Spearman's coefficient is above at_least.
};

/// "gap", "rank_correlation"; Error when there is none of that name.
ClaimForm claim_form(const std::string& name);

const char* form_name(ClaimForm form);

/// "gap|gain|..."
inline constexpr const char* kClaimForms =
    "gap|gain|order|best|equal|collapse|no_collapse|trend|peak|rank_correlation";

struct SurveyClaim {
  std::string id;
  std::string words;   ///< As a sentence.
  std::string source;  ///< "SimCLR (arXiv:2002.05709), Figure 5"
  std::string reason;  ///< Why it is contradicted here, when that was found.
  ClaimForm form = ClaimForm::kGap;
  std::string metric;
  std::vector<nlohmann::json> cells;  ///< Tables of path -> value; "metric" is one of its own.
  nlohmann::json where = nlohmann::json::object();  ///< What all cells have in common.
  std::string axis;
  nlohmann::json at;
  bool falls = false;
  double at_least = 0;
  double within = 0;

  /// Whether the trial is one of those that it is about.
  bool concerns(const TrialValues& trial) const;
};

/// As a plan's layout keeps it.
SurveyClaim claim_of(const nlohmann::json& recorded);

/// Of a plan's layout, as TableLayout::recorded() writes it; none where it has none.
std::vector<SurveyClaim> claims_of(const nlohmann::json& layout);

/// Whether a trial has these values at these paths; "metric" is none.
bool is_selected(const TrialValues& trial, const nlohmann::json& selector);

/// "BYOL, train.batch_size=64"
std::string selector_words(const nlohmann::json& selector);

}  // namespace sslx::record
