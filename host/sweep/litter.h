// What commands that were killed left in a home and nobody needs: claims of dead commands, files
// that were being written, folders of runs that had not begun. Only what no living command can be
// at work with is named.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sslx::sweep {

struct Litter {
  std::vector<std::string> claims;             ///< The trials that are claimed.
  std::vector<std::filesystem::path> files;    ///< Temporary ones.
  std::vector<std::filesystem::path> folders;  ///< Without a request.
};

/// Nothing is removed.
Litter find_litter(const std::filesystem::path& home);

/// Removes files and folders. The claims go when the runs that they name have an end (recovery.h).
void remove_litter(const Litter& litter);

/// Whether no command is at work with the trial, as far as one look tells.
bool is_unclaimed(const std::filesystem::path& home, const std::string& trial);

}  // namespace sslx::sweep
