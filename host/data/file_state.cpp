#include "host/data/file_state.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace sslx::data {
namespace {

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::string FileState::text() const {
  return fmt::format("{} {} {} {}", size, inode, modified, changed);
}

FileState state_of(const struct stat& status) {
  return {status.st_size, status.st_ino, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

std::optional<FileState> state_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return state_of(status);
}

}  // namespace sslx::data
