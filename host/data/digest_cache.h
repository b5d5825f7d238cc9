// Digests of files that were read before, so that a folder of 60,000 images is fingerprinted in a
// fraction of a second the second time. A file whose state (file_state.h) differs is read again.
// It is a convenience only: a cache that is damaged or cannot be written is ignored.
#pragma once

#include "host/data/file_state.h"

#include <filesystem>
#include <string>
#include <unordered_map>

namespace sslx::data {

class DigestCache {
 public:
  /// The cache of one data folder, in $XDG_CACHE_HOME/sslx or ~/.cache/sslx.
  explicit DigestCache(const std::filesystem::path& data_folder);

  /// SHA-256 of the file's content; throws Error(kSystem) when it cannot be read.
  std::string digest(const KnownFile& file);
  /// Whether digest() reads nothing, since it knows the file in this state.
  bool knows(const KnownFile& file) const;

  /// Writes what digest() was asked for, when it differs from what was there; atomically.
  void save() const;

 private:
  void load();
  /// Under which the file's digest is known; "" where it must be read, whatever is known.
  std::string key_of(const KnownFile& file) const;

  std::filesystem::path place_;                         ///< Empty where there is no home.
  std::unordered_map<std::string, std::string> known_;  ///< "state path" to digest.
  std::unordered_map<std::string, std::string> used_;
  bool changed_ = false;
};

}  // namespace sslx::data
