// What tells one state of a file from another without reading it: another size, another inode
// (the file was replaced) or another time of change, which no program can set back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

struct stat;

namespace sslx::data {

struct FileState {
  int64_t size = 0;
  uint64_t inode = 0;
  int64_t modified = 0;  ///< Nanoseconds since 1970, of the content.
  int64_t changed = 0;   ///< The same of content, names and rights.

  bool operator==(const FileState&) const = default;
  /// "size inode modified changed"
  std::string text() const;
};

FileState state_of(const struct stat& status);
/// Of what the path leads to; nothing when that is no regular file, or not there.
std::optional<FileState> state_of(const std::filesystem::path& file);

/// A file and its state when it was found; none when it could not be looked at.
struct KnownFile {
  std::filesystem::path file;
  std::optional<FileState> state = {};
};

}  // namespace sslx::data
