// What a table has cost, and what its runs were when they were made again with the same seed.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace sslx::record {

class Connection;

struct SweepData;

/// All runs of the plan's trials, of whatever code.
struct TableCost {
  size_t runs = 0;
  double seconds = 0;
  size_t without_result = 0;  ///< That failed, crashed, were stopped.
  double lost_seconds = 0;    ///< Of these.
};

/// How often, by the verdict: "same bits", "within tolerance", "different" ...
using MadeAgainCounts = std::map<std::string, size_t>;

/// Sets what came of making the runs that count again.
void read_made_again(Connection& handle, SweepData& data);

}  // namespace sslx::record
