// The end of what a run's process printed (host.log), as it is kept in the record: it says why a
// run failed long after its folder is gone.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace sslx::record {

class Database;

/// So much of a log is kept.
inline constexpr size_t kLogEnd = size_t{64} << 10;

/// zlib's bytes of the end of the folder's host.log, from the beginning of a line; "" without one.
std::string packed_log(const std::filesystem::path& directory);

/// What is kept of a run's; "" when it printed nothing, or still runs.
std::string log_of(Database& database, const std::string& run);

}  // namespace sslx::record
