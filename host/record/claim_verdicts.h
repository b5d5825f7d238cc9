// What the runs of a plan say of its claims. The unit is the seed: runs of one seed share initial
// weights, batches and draws, and are compared in pairs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/record/pivot_data.h"
#include "host/record/survey_claim.h"

namespace sslx::record {

/// Fewer seeds decide nothing.
inline constexpr size_t kLeastSeeds = 3;

/// Which way a claim was decided: its effect's 95 % interval lies beyond the threshold, or against
/// it. Of several comparisons all must hold; one that fails at the level of them all (Bonferroni)
/// contradicts.
enum class Decision { kConfirmed, kContradicted, kUndecided };

/// "confirmed"
const char* decision_word(Decision decision);

struct ClaimVerdict {
  SurveyClaim claim;
  Decision decision = Decision::kUndecided;
  std::string why;  ///< Why it is undecided, or the reason that was found against it.
  std::string of;   ///< The comparison that decides: "BYOL over SimCLR".
  size_t comparisons = 0;
  std::string unit;
  size_t seeds = 0;  ///< Of that comparison.
  std::optional<double> effect;
  std::optional<double> low;  ///< Its 95 % interval,
  std::optional<double> high;
  double threshold = 0;              ///< and what it is compared with,
  bool is_within = false;            ///< or must stay within, of either sign.
  std::optional<double> p;           ///< The sign-flip test of the threshold, the greatest of the
                                     ///< comparisons; of collapses the test of a fair coin.
  double least_p = 1;                ///< That so many seeds can give.
  std::optional<double> corrected;   ///< Holm's, over the claims of the sweep.
  std::optional<size_t> more_seeds;  ///< That would decide if mean and deviation stay; 0: decided.
  std::optional<double> pairing;     ///< Deviation of the differences, over that of unpaired runs.
};

/// In the file's order. The runs are those that count for the table.
std::vector<ClaimVerdict> judge_claims(const SweepData& data);

}  // namespace sslx::record
