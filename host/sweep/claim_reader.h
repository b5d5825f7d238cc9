// `[[claim]]` of a sweep file: read, checked, and as the record keeps it with the plan
// (host/record/survey_claim.h judges it). It says nothing about a trial. Errors are Error(kInput),
// "file:line: what; what would be right".
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "host/sweep/config.h"
#include "host/sweep/table_layout.h"

namespace sslx::sweep {

struct SweepClaim {
  nlohmann::json recorded;
  Config table;  ///< What it was read from.

  std::string id() const { return recorded.at("id").get<std::string>(); }
};

/// The metric of one without is the first of the table's, or knn_top1.
std::vector<SweepClaim> read_claims(const Config& document, const TableLayout& layout);

}  // namespace sslx::sweep
