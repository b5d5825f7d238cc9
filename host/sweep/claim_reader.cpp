#include "host/sweep/claim_reader.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <set>

#include "host/sweep/keys.h"
#include "host/sweep/sections.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

/// What a form needs.
struct Form {
  const char* name;
  size_t least;  ///< Cells,
  size_t most;
  const char* words;
  bool may_have_axis = false;  ///< instead of cells.
  bool needs_axis = false;
};

constexpr size_t kAny = std::numeric_limits<size_t>::max();

constexpr std::array<Form, 10> kForms{
    {{"gap", 2, 2, "two, of which the first is above the second"},
     {"gain", 4, 4, "four: the first above the second by more than the third above the fourth"},
     {"order", 2, kAny, "at least two, the greatest first, or 'axis'", true},
     {"best", 1, 1, "one, which is above all others"},
     {"equal", 2, kAny, "at least two, or 'axis'", true},
     {"collapse", 1, kAny, "at least one"},
     {"no_collapse", 1, kAny, "at least one"},
     {"trend", 0, 0, "none, but 'axis' and 'where'", true, true},
     {"peak", 0, 0, "none, but 'axis', 'at' and 'where'", true, true},
     {"rank_correlation", 0, 0, "none, since it is about all that have a published figure"}}};

std::string read_id(const Config& claim, std::set<std::string>& seen) {
  const std::string id = text_at(claim, "id");
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
  if (id.empty() || !std::ranges::all_of(id, is_plain)) {
    throw input_error(
        fmt::format("{}: a claim's id is '{}'; it must be a word of letters, digits, _ and -",
                    claim.origin("id"), id));
  }
  if (!seen.insert(id).second) {
    throw input_error(fmt::format("{}: two claims have the id '{}'; each must have its own",
                                  claim.origin("id"), id));
  }
  return id;
}

void check_form(const Config& claim, const std::string& id, const std::string& name) {
  const Form& form = *std::ranges::find(kForms, name, [](const Form& one) { return one.name; });
  const size_t cells = claim.value.value("cells", json::array()).size();
  const bool has_axis = claim.value.contains("axis");
  const bool by_axis = form.may_have_axis && has_axis && cells == 0;
  const bool fits = cells >= form.least && cells <= form.most;
  if (form.needs_axis ? !has_axis || cells > 0 : !by_axis && !fits) {
    throw input_error(fmt::format("{}: claim '{}' of the form {} has {} cells{}; it must have {}",
                                  claim.origin(claim.value.contains("cells") ? "cells" : "form"),
                                  id, name, cells, has_axis ? " and an axis" : "", form.words));
  }
  if (name == "peak" && !claim.value.contains("at")) {
    throw input_error(fmt::format(
        "{}: claim '{}' of the form peak has no 'at'; it must be the axis's value at the peak",
        claim.origin(""), id));
  }
}

SweepClaim claim_in(const Config& claim, const std::string& metric, std::set<std::string>& seen) {
  const Parameters values = resolve_section(claim, "claim");
  const std::string id = read_id(claim, seen);
  if (text_at(claim, "words").empty()) {
    throw input_error(fmt::format("{}: claim '{}' has no words; it must say what it claims",
                                  claim.origin(""), id));
  }
  check_form(claim, id, values.choice("form"));
  SweepClaim out;
  out.table = claim;
  out.recorded = {{"id", id}, {"form", values.choice("form")}, {"metric", metric}};
  for (const char* key : {"words", "source", "reason", "metric", "axis"}) {
    const std::string text = text_at(claim, key);
    if (!text.empty()) out.recorded[key] = text;
  }
  for (const char* key : {"cells", "where", "at", "direction", "at_least", "within"}) {
    if (claim.value.contains(key)) out.recorded[key] = claim.value.at(key);
  }
  if (values.choice("form") == "equal") out.recorded["within"] = values.real("within");
  return out;
}

}  // namespace

std::vector<SweepClaim> read_claims(const Config& document, const TableLayout& layout) {
  std::vector<SweepClaim> out;
  const Config list = document.child("claim");
  const std::string metric = layout.metrics.empty() ? "knn_top1" : layout.metrics.front();
  std::set<std::string> seen;
  for (size_t i = 0; i < document.value.value("claim", json::array()).size(); ++i) {
    out.push_back(claim_in(list.child(std::to_string(i)), metric, seen));
    if (out.back().recorded["form"] == "rank_correlation" && layout.published.id.empty()) {
      throw input_error(fmt::format(
          "{}: a claim is of the form rank_correlation, and the table has no 'published'; it must "
          "name the published figures",
          out.back().table.origin("form")));
    }
  }
  return out;
}

}  // namespace sslx::sweep
