// What was changed and not committed when a run began: `git diff`'s text, once for all runs that
// share it. On the disk it lies in runs/differences/<SHA-256 of the text>.z, so that the database
// can be made again from runs/; the request of a run names it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace sslx::record {

class Connection;

class Database;

/// The longest that is kept.
inline constexpr size_t kLargestDifference = size_t{16} << 20;

/// Where the difference of that digest lies beside the runs.
std::filesystem::path difference_file(const std::filesystem::path& runs, const std::string& sha256);

/// Takes the file into the table. False where there is none, or where it does not hold what its
/// name says.
bool put_difference(Connection& handle, const std::filesystem::path& runs,
                    const std::string& sha256);

/// The text that a run was made with; nothing when it was made with none.
std::optional<std::string> difference_of(Database& database, const std::string& run);

}  // namespace sslx::record
