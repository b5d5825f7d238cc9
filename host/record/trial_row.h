// The row of a trial, written both when a sweep is registered and when a run is taken over whose
// sweep is not known here.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace SQLite {
class Database;
}  // namespace SQLite

namespace sslx::record {

/// Does nothing when the trial is there.
void put_trial(SQLite::Database& handle, const std::string& identity, const nlohmann::json& config,
               uint64_t seed);

}  // namespace sslx::record
