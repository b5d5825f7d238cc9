// All files of a data set as they were when a sweep was planned, in one line: whoever reads them
// later can tell whether they are still those whose content the fingerprint names. A file counts as
// changed when its size, its inode or its time of change is another, whatever it holds now.
#pragma once

#include <span>
#include <string>

#include "host/data/data_spec.h"
#include "host/data/file_state.h"

namespace sslx::data {

/// "DIGEST FILES NEWEST": of all names below `folder` and states, in order; how many, and when the
/// last of them changed.
std::string data_state(std::span<const KnownFile> files, const std::filesystem::path& folder);

/// Throws DataError naming the file that changed since spec.planned, which may be empty: nothing
/// was planned. It is the one that changed last; or files are gone or came.
void check_planned(const DataSpec& spec, std::span<const KnownFile> files);

/// Throws DataError when the file is not in its state any more.
void check_unchanged(const KnownFile& file);

}  // namespace sslx::data
