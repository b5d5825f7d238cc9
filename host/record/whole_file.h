// Writes a file so that it is there whole or not at all, whatever happens meanwhile: to a temporary
// name, synced, renamed, and the folder synced. Failing is an Error that names the file; of kind
// kRun where the folder itself is at fault (gone, no rights), else kSystem.
#pragma once

#include <filesystem>
#include <string>

namespace sslx::record {

void write_whole(const std::filesystem::path& file, const std::string& bytes);

/// Whether a file's bytes, or a folder's names, are on the disk now; else errno says why not.
bool sync_file(const std::filesystem::path& path);

/// Makes sure that the names in a folder are on the disk.
void sync_folder(const std::filesystem::path& folder);

}  // namespace sslx::record
