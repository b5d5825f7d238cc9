// Writes the lines of a journal into the tables: metrics, results, and the columns of the run.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::record {

class Connection;

/// The lines must be checked (read_journal) and new to the run.
void put_events(Connection& handle, const std::string& run,
                const std::vector<nlohmann::json>& events);

}  // namespace sslx::record
