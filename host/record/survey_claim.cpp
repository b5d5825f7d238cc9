#include "host/record/survey_claim.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>

namespace sslx::record {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<const char*, ClaimForm>, 10> kForms{
    {{"gap", ClaimForm::kGap},
     {"gain", ClaimForm::kGain},
     {"order", ClaimForm::kOrder},
     {"best", ClaimForm::kBest},
     {"equal", ClaimForm::kEqual},
     {"collapse", ClaimForm::kCollapse},
     {"no_collapse", ClaimForm::kNoCollapse},
     {"trend", ClaimForm::kTrend},
     {"peak", ClaimForm::kPeak},
     {"rank_correlation", ClaimForm::kRankCorrelation}}};

}  // namespace

ClaimForm claim_form(const std::string& name) {
  const auto found =
      std::ranges::find_if(kForms, [&](const auto& form) { return name == form.first; });
  if (found != kForms.end()) return found->second;
  throw Error(ErrorKind::kInput,
              fmt::format("a claim has the form '{}'; there are {}", name, kClaimForms));
}

const char* form_name(ClaimForm form) {
  return std::ranges::find_if(kForms, [&](const auto& one) { return one.second == form; })->first;
}

bool SurveyClaim::concerns(const TrialValues& trial) const {
  if (!is_selected(trial, where)) return false;
  const bool of_all = form == ClaimForm::kBest || form == ClaimForm::kRankCorrelation;
  return of_all || cells.empty() ||
         std::ranges::any_of(cells, [&](const json& cell) { return is_selected(trial, cell); });
}

SurveyClaim claim_of(const json& recorded) {
  SurveyClaim out;
  out.id = recorded.at("id").get<std::string>();
  out.words = recorded.value("words", "");
  out.source = recorded.value("source", "");
  out.reason = recorded.value("reason", "");
  out.form = claim_form(recorded.at("form").get<std::string>());
  out.metric = recorded.value("metric", "");
  out.cells = recorded.value("cells", std::vector<json>());
  out.where = recorded.value("where", json::object());
  out.axis = recorded.value("axis", "");
  out.at = recorded.value("at", json());
  out.falls = recorded.value("direction", "up") == "down";
  out.at_least = recorded.value("at_least", 0.0);
  out.within = recorded.value("within", 0.0);
  return out;
}

std::vector<SurveyClaim> claims_of(const json& layout) {
  std::vector<SurveyClaim> out;
  for (const json& recorded : layout.value("claims", json::array())) {
    out.push_back(claim_of(recorded));
  }
  return out;
}

bool is_selected(const TrialValues& trial, const json& selector) {
  return std::ranges::all_of(selector.items(), [&](const auto& part) {
    if (part.key() == "metric") return true;
    const auto value = trial_value(trial, part.key());
    return value && is_same_value(*value, shown_value(part.value()));
  });
}

std::string selector_words(const json& selector) {
  std::string out;
  for (const auto& [path, value] : selector.items()) {
    const bool is_name = value.is_string() && path.find('.') == std::string::npos;
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ", is_name ? "" : path + "=",
                       shown_value(value));
  }
  return out.empty() ? "all" : out;
}

}  // namespace sslx::record
