// What is said of a machine that others used while a run trained.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "host/record/pivot.h"

namespace sslx::cli {

/// "0.31 at the start, 1.97 at the end; others used 0.98 of 2 cores (disturbed)"
std::string load_words(const nlohmann::json& load);

/// Whether the column's figure is one that other processes make worse, and one of the cell's runs
/// had such.
bool is_disturbed(const record::PivotColumn& column, const record::PivotCell& cell);

/// The line under a table that has such cells; "" when it has none.
std::string disturbed_note(const record::Pivot& pivot);

}  // namespace sslx::cli
