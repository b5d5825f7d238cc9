// Two runs side by side: everything that the record has of each, and how their training differs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/record/loss_trace.h"
#include "host/record/runs.h"

namespace sslx::record {

/// A training metric at the last step at which both runs have it; NaN for what is no number.
struct MetricPair {
  std::string name;
  int64_t step = 0;
  double a = 0;
  double b = 0;
};

struct RunComparison {
  RunDetails a;
  RunDetails b;
  std::vector<MetricPair> metrics;  ///< By name; also those that are equal.
  bool has_losses_a = false;        ///< The losses of its steps are recorded.
  bool has_losses_b = false;
  LossComparison losses;
  std::optional<std::string> difference_a;  ///< What was changed and not committed.
  std::optional<std::string> difference_b;
};

/// Of two runs that are in the record, by their ids.
RunComparison compare_runs(Database& database, const std::string& a, const std::string& b);

}  // namespace sslx::record
