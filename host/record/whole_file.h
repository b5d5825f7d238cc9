// Writes a file so that it is there whole or not at all, whatever happens meanwhile: to a temporary
// name, synced, renamed, and the folder synced. Failing is an Error that names the file; of kind
// kRun where the folder itself is at fault (gone, no rights), else kSystem.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sslx::record {

void write_whole(const std::filesystem::path& file, const std::string& bytes);

/// All of the bytes, however many a write takes; false, with errno, when that cannot be.
bool write_all(int descriptor, std::string_view bytes);
/// The same from the file's first byte on, wherever the descriptor stands.
bool write_from_start(int descriptor, std::string_view bytes);

/// Whether a file's bytes, or a folder's names, are on the disk now; else errno says why not.
bool sync_file(const std::filesystem::path& path);

/// Makes sure that the names in a folder are on the disk.
void sync_folder(const std::filesystem::path& folder);

}  // namespace sslx::record
