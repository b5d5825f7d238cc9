// What a run left behind that a second run of the same trial must give again: its weights' digest,
// results, predictions, metrics and losses, without times and other measures of the machine; and
// how two of them compare. A run may know less of its training than another, having been taken up
// from a checkpoint: what only one has is no difference.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "host/record/database.h"

namespace sslx::record {

struct TracedResult {
  double value = 0;
  std::string unit;
  std::string predictions;  ///< As recorded; "" without.
  int64_t test_images = 0;  ///< As its protocol says; 0: it does not.
};

struct RunTrace {
  std::string state;
  std::string message;
  std::string weights;  ///< SHA-256.
  /// Where it was made: "device", "processor", "threads", "precision", "LibTorch", "host".
  std::map<std::string, std::string> place;
  std::map<std::string, TracedResult> results;  ///< By "metric @protocol".
  std::map<std::pair<std::string, int64_t>, std::vector<double>> metrics;  ///< By name and step.
  std::map<std::pair<std::string, int64_t>, float> losses;                 ///< By stage and step.
};

RunTrace read_trace(Database& database, const std::string& run);

struct TraceComparison {
  std::string verdict;     ///< same bits, within tolerance, different, failed
  std::string message;     ///< In words, beginning with what was found.
  nlohmann::json details;  ///< Both sides of what differs.
};

TraceComparison compare_traces(const RunTrace& then, const RunTrace& now);

}  // namespace sslx::record
