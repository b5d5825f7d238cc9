#include "host/record/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sslx/error.h>
#include <sys/file.h>
#include <sys/stat.h>
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

bool is_named(int descriptor, const fs::path& file) {
  struct stat held {};
  struct stat named {};
  return fstat(descriptor, &held) == 0 && stat(file.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/// The temporary file, empty, of one writer at a time: of two the second finds that the first has
/// renamed it. So its name need not be one of many, and what a killed writer left is used again.
int open_alone(const fs::path& temporary) {
  while (true) {
    const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return descriptor;
    while (flock(descriptor, LOCK_EX) != 0 && errno == EINTR) {
    }
    if (is_named(descriptor, temporary)) {
      if (ftruncate(descriptor, 0) == 0) return descriptor;
      close(descriptor);
      return -1;
    }
    close(descriptor);
  }
}

}  // namespace

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool write_from_start(int descriptor, std::string_view bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n =
        pwrite(descriptor, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) done += static_cast<size_t>(n);
  }
  return true;
}

bool sync_file(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int why = errno;
  if (descriptor >= 0) close(descriptor);
  errno = why;
  return synced;
}

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

void write_whole(const fs::path& file, const std::string& bytes) {
  const fs::path temporary = file.string() + ".tmp";
  const int descriptor = open_alone(temporary);
  if (descriptor < 0) throw failure(file);
  const bool written = write_all(descriptor, bytes) && fsync(descriptor) == 0;
  int error = errno;
  const bool renamed = written && rename(temporary.c_str(), file.c_str()) == 0;
  if (written && !renamed) error = errno;
  if (!renamed) unlink(temporary.c_str());
  close(descriptor);  // what it says of the bytes fsync has said before
  if (renamed) return sync_folder(file.parent_path());
  errno = error;
  throw failure(file);
}

}  // namespace sslx::record
