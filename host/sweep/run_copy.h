// The files of a run's folder that make its record, and copies of them under another home: a folder
// is there whole or not at all. Failing to write is Error(kSystem).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sslx::sweep {

/// Whether a regular file is there; a link to one is none.
bool is_plain_file(const std::filesystem::path& file);

/// Regular files by name: the request, the journal, the end, the log; tensors where asked.
std::vector<std::string> files_of_run(const std::filesystem::path& directory, bool weights);

/// Whether request, journal and end are the same bytes in both.
bool is_same_run(const std::filesystem::path& ours, const std::filesystem::path& theirs);

/// Why two folders cannot be of one run, in words; "" when they can: the requests are the same,
/// and one journal begins as the other does.
std::string contradiction(const std::filesystem::path& ours, const std::filesystem::path& theirs);

/// Copies the folder by way of `staging`, which is on the same disk; where one is there that says
/// less, its files are replaced.
void copy_run(const std::filesystem::path& from, const std::filesystem::path& to,
              const std::filesystem::path& staging, bool weights);

}  // namespace sslx::sweep
