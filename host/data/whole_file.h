// Files that are there whole or not at all.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace sslx::data {

/// Hands `fill` a stream to a file of this process beside `file`, and renames it when all is
/// written. False, with nothing left behind, when that cannot be done: errno tells why.
template <typename Fill>
bool write_whole(const std::filesystem::path& file, Fill fill) {
  const std::filesystem::path part = fmt::format("{}.{}.part", file.string(), ::getpid());
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  fill(out);
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(part, file, failed);
  if (out && !failed) return true;
  const int reason = failed ? failed.value() : errno;
  std::filesystem::remove(part, failed);
  errno = reason;
  return false;
}

}  // namespace sslx::data
