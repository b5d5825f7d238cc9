// A run's figures over its training: what its journal's metric lines say, for plots and other
// programs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/record/database.h"

namespace sslx::record {

struct CurvePoint {
  int64_t step = 0;
  int64_t epoch = 0;
  double value = 0;  ///< NaN where it was no number.
};

/// By the figure's name, each in the order of its steps. A run that has none gives none.
using Curves = std::map<std::string, std::vector<CurvePoint>>;
Curves curves_of(Database& database, const std::string& run);

}  // namespace sslx::record
