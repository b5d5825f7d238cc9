// SHA-256, by which sslx names everything whose bytes must be told apart: trials, plugins, data
// sets.
#pragma once

#include <sslx/detail/export.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace sslx {

/// Lower-case hexadecimal SHA-256 of the bytes.
SSLX_API std::string sha256_hex(std::string_view bytes);

/// The same of a file's content; throws Error(kSystem) naming the file when it cannot be read.
SSLX_API std::string sha256_file(const std::filesystem::path& file);

/// Whether a text is one, as sha256_hex() writes it.
SSLX_API bool is_sha256(std::string_view text);

/// Digest of a stream of parts, for content too large to hold.
class SSLX_API Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();
  void update(std::string_view bytes);
  /// The digest of all parts; the object is spent afterwards.
  std::string hex();

 private:
  void* context_;
};

}  // namespace sslx
