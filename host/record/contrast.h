// A comparison between cells of a sweep, a number a seed, and what it says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/record/claim_verdicts.h"

namespace sslx::record {

/// What a cell has for each of its seeds.
using BySeed = std::map<uint64_t, double>;

/// To be above `threshold`, or within it of 0.
struct Contrast {
  std::string of;
  BySeed values;
  double threshold = 0;
  bool is_within = false;
  bool is_share = false;           ///< Values are 1 or 0; each must be 1.
  std::optional<double> unpaired;  ///< Deviation that independent runs would have.
};

/// The difference of two cells at the seeds that both have.
Contrast difference(const std::string& of, const BySeed& a, const BySeed& b);

/// Puts the judgement of all contrasts of a claim, which has one at least, into `out`.
void judge(const std::vector<Contrast>& contrasts, ClaimVerdict& out);

}  // namespace sslx::record
