// How busy the machine was while a run trained, as its journal's last line says. A run whose
// threads had less than they can use is disturbed: its images a second are no measure of the
// method.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sslx::record {

class Connection;

struct SweepData;

/// {"start", "end", "cores", "others", "disturbed"}, as far as the run knows; empty for older ones.
nlohmann::json read_load(Connection& handle, const std::string& run);

/// Sets `disturbed` of the runs that count.
void mark_disturbed(Connection& handle, SweepData& data);

}  // namespace sslx::record
