// How old files are by the clock that dates them: a file server's, on a file system that machines
// share. This machine's own may be an hour off, and what it calls old is what another writes now.
#pragma once

#include <filesystem>

namespace sslx::sweep {

/// What a file written into the folder now is dated; this machine's time where none can be written.
std::filesystem::file_time_type now_in(const std::filesystem::path& folder);

/// Whether whoever wrote it is not at it any more: it is more than an hour older than `now`. False
/// of what is not there.
bool is_old(const std::filesystem::path& file, std::filesystem::file_time_type now);

}  // namespace sslx::sweep
