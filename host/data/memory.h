// Whether images fit into memory, asked before any is taken: one sentence instead of a failed
// allocation, or of a process that the system kills; the same for views and what networks make of
// them.
#pragma once

#include <string>

namespace sslx::data {

/// Bytes that this process may use at most: the machine's memory, or what its control groups or its
/// limits (ulimit -v) leave of it.
double usable_memory();

/// "4.0 GB", "18.0 TB"
std::string bytes_text(double bytes);

/// Throws DataError "WHAT take 18.0 TB in memory, and a process here has 16.0 GB" when that is so.
void check_memory(double bytes, const std::string& what, const std::string& hint);

}  // namespace sslx::data
