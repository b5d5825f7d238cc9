// Curves of a table's trainings: by epoch, the mean over the seeds of each cell and its interval.
#pragma once

#include <nlohmann/json.hpp>

#include "host/record/pivot.h"

namespace sslx::cli {

/// [{"metric", "unit", "series": [{"label", "x", "mean", "low", "high", "seeds"}]}]: of the loss,
/// and of what the table shows beside results; none of tables with very many cells.
nlohmann::json page_curves(record::Database& database, const record::Pivot& pivot);

}  // namespace sslx::cli
