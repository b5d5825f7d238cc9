// Claims and their verdicts in words, as JSON and as a table.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/table.h"
#include "host/record/claim_verdicts.h"

namespace sslx::cli {

/// A claim and the sweep that tests it.
struct SweepClaimVerdict {
  std::string sweep;
  record::ClaimVerdict verdict;
};

/// "confirmed: crop and color is the best pair [SimCLR, Figure 5]: crop, color over crop, blur by
/// 3.1 ± 1.2 %, beyond 0 (6 seeds; ...)"
std::string claim_sentence(const record::ClaimVerdict& verdict);

/// "3.1 ± 1.2", "100 (54 to 100)"; "-" without.
std::string effect_words(const record::ClaimVerdict& verdict);

nlohmann::json claim_json(const record::ClaimVerdict& verdict);

/// A row a claim.
Table claim_table(const std::vector<SweepClaimVerdict>& claims);

/// How the verdicts come about; for under a table of them.
std::string claim_legend();

}  // namespace sslx::cli
