// What stands under a sweep's table, in words: protocols, runs that are not counted and why, what
// is missing and how to go on, machines and versions. One sentence a line.
#pragma once

#include <string>
#include <vector>

#include "host/record/pivot.h"

namespace sslx::cli {

std::vector<std::string> report_notes(const record::Pivot& pivot);

/// The claims and their verdicts, which are among them.
std::vector<std::string> claim_notes(const record::Pivot& pivot);

/// "probe knn, k 20, temperature 0.1"
std::string protocol_words(const nlohmann::json& protocol);

}  // namespace sslx::cli
