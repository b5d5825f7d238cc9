#include "cli/claim_text.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/report_cells.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using record::ClaimVerdict;
using record::Decision;

bool is_share(const ClaimVerdict& verdict) { return verdict.unit == "% of seeds"; }

std::string figure_text(double value) {
  return fmt::format("{:.{}f}", value, std::abs(value) < 0.095 ? 3 : std::abs(value) < 10 ? 2 : 1);
}

std::string unit_words(const ClaimVerdict& verdict) {
  if (is_share(verdict)) return " % of seeds";
  if (verdict.claim.form == record::ClaimForm::kRankCorrelation) return " (Spearman)";
  return ' ' + metric_label({verdict.claim.metric, "", false, verdict.unit, {}});
}

/// "beyond 0", "within 2 of 0"
std::string threshold_words(const ClaimVerdict& verdict) {
  if (verdict.is_within) return fmt::format("to be within {:g} of 0", verdict.threshold);
  return fmt::format("to be above {:g}", verdict.threshold);
}

std::string p_words(const ClaimVerdict& verdict) {
  if (!verdict.p) return "";
  return fmt::format("; p {:.2g} of at least {:.2g}, with Holm {:.2g}", *verdict.p, verdict.least_p,
                     verdict.corrected.value_or(*verdict.p));
}

std::string more_words(const ClaimVerdict& verdict) {
  if (verdict.decision != Decision::kUndecided || !verdict.more_seeds) return "";
  const size_t more = *verdict.more_seeds;
  return fmt::format("; {} more seed{} would decide if mean and deviation stay", more,
                     more == 1 ? "" : "s");
}

std::string details(const ClaimVerdict& verdict) {
  if (!verdict.effect) return "";
  return fmt::format(": {}: {}{}, {} ({} seed{}{})", verdict.of, effect_words(verdict),
                     unit_words(verdict), threshold_words(verdict), verdict.seeds,
                     verdict.seeds == 1 ? "" : "s", p_words(verdict));
}

json optional_number(const std::optional<double>& value) { return value ? json(*value) : json(); }

}  // namespace

std::string effect_words(const ClaimVerdict& verdict) {
  if (!verdict.effect) return "-";
  if (!verdict.low) return figure_text(*verdict.effect);
  if (is_share(verdict)) {
    return fmt::format("{:.0f} ({:.0f} to {:.0f})", *verdict.effect, *verdict.low, *verdict.high);
  }
  return fmt::format("{} ± {}", figure_text(*verdict.effect),
                     figure_text(*verdict.high - *verdict.effect));
}

std::string claim_sentence(const ClaimVerdict& verdict) {
  const std::string& source = verdict.claim.source;
  const std::string why = verdict.why.empty() ? "" : "; " + verdict.why;
  return fmt::format("{}: {}{}{}{}{}", record::decision_word(verdict.decision), verdict.claim.words,
                     source.empty() ? "" : fmt::format(" [{}]", source), details(verdict), why,
                     more_words(verdict));
}

json claim_json(const ClaimVerdict& verdict) {
  const record::SurveyClaim& claim = verdict.claim;
  return {{"id", claim.id},
          {"words", claim.words},
          {"source", claim.source},
          {"form", record::form_name(claim.form)},
          {"metric", claim.metric},
          {"verdict", record::decision_word(verdict.decision)},
          {"why", verdict.why},
          {"of", verdict.of},
          {"comparisons", verdict.comparisons},
          {"unit", verdict.unit},
          {"seeds", verdict.seeds},
          {"effect", optional_number(verdict.effect)},
          {"low", optional_number(verdict.low)},
          {"high", optional_number(verdict.high)},
          {"threshold", verdict.threshold},
          {"within", verdict.is_within},
          {"p", optional_number(verdict.p)},
          {"least_p", verdict.least_p},
          {"holm", optional_number(verdict.corrected)},
          {"pairing", optional_number(verdict.pairing)},
          {"more_seeds", verdict.more_seeds ? json(*verdict.more_seeds) : json()}};
}

Table claim_table(const std::vector<SweepClaimVerdict>& claims) {
  Table out{{"verdict", "claim", "sweep", "effect", "to be", "seeds", "p", "least p", "Holm",
             "more seeds", "of", "source", "why"},
            3,
            {}};
  const auto p = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.2g}", *value) : "-";
  };
  for (const auto& [sweep, one] : claims) {
    const std::string more = !one.more_seeds        ? "> 100"
                             : *one.more_seeds == 0 ? ""
                                                    : std::to_string(*one.more_seeds);
    std::vector<TableCell>& row = out.rows.emplace_back();
    for (const std::string& text :
         {std::string(record::decision_word(one.decision)), one.claim.words, sweep,
          effect_words(one),
          fmt::format("{} {:g}", one.is_within ? "within" : "above", one.threshold),
          std::to_string(one.seeds), p(one.p), p(one.least_p), p(one.corrected), more, one.of,
          one.claim.source, one.why}) {
      row.push_back({text, ""});
    }
  }
  return out;
}

std::string claim_legend() {
  return fmt::format(
      "A claim is decided by the 95 % interval (Student's t) of differences between runs of one "
      "seed, {} seeds at least. p: exact sign-flip test over seeds, beside the least that so many "
      "can give; Holm's correction is over the claims of a sweep.",
      record::kLeastSeeds);
}

}  // namespace sslx::cli
