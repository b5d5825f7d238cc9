// What the rows, columns and figures of a sweep's table are: what its file says, completed so that
// no cell mixes two configurations.
#pragma once

#include <string>
#include <vector>

#include "host/record/pivot_data.h"

namespace sslx::record {

struct Layout {
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<std::string> metrics;
};

/// Error(kInput) when the table names what no trial has.
Layout make_layout(const SweepData& data);

/// The trial's values at these paths; "-" where it has none.
std::vector<std::string> key_of(const PlannedTrial& trial, const std::vector<std::string>& paths);

}  // namespace sslx::record
