#include "host/record/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "host/record/journal_lines.h"

namespace sslx::record {
namespace {

namespace fs = std::filesystem;

Error failure(const fs::path& file) {
  return Error(fault_of(errno),
               fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)));
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

void write_whole(const fs::path& file, const std::string& bytes) {
  const fs::path temporary = fmt::format("{}.{}.tmp", file.string(), getpid());
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw failure(file);
  const bool written = write_all(descriptor, bytes) && fsync(descriptor) == 0;
  const int error = errno;
  const bool closed = close(descriptor) == 0;
  if (written && closed && rename(temporary.c_str(), file.c_str()) == 0) {
    sync_folder(file.parent_path());
    return;
  }
  if (!written) errno = error;
  const Error failed = failure(file);
  unlink(temporary.c_str());
  throw failed;
}

}  // namespace sslx::record
