// Preloaded into `sslx`: ends it, or lets a call fail once, at the N-th call that touches the files
// of a home. Only there, so that the numbers mean the same each time.
//   FAULT_PROGRAM  the executable that it is about; in others (hosts) it does nothing
//   FAULT_HOME     the folder whose files count
//   FAULT_AT       which call, from 1; 0: none
//   FAULT_ACTION   kill, or the number of an errno
//   FAULT_COUNT    a file that the number of calls is written to at the end
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string link_of(const char* path) {
  char target[PATH_MAX];
  const ssize_t size = readlink(path, target, sizeof target);
  return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

struct Plan {
  std::string home = variable("FAULT_HOME") + "/";
  std::string count_file = variable("FAULT_COUNT");
  std::string action = variable("FAULT_ACTION");
  long at = std::atol(variable("FAULT_AT").c_str());
  bool is_meant = link_of("/proc/self/exe") == variable("FAULT_PROGRAM");
  std::atomic<long> calls{0};

  ~Plan() {
    if (!is_meant || count_file.empty()) return;
    std::FILE* out = std::fopen(count_file.c_str(), "w");
    if (out == nullptr) return;
    std::fprintf(out, "%ld\n", calls.load());
    std::fclose(out);
  }
};

Plan& plan() {
  static Plan one;
  return one;
}

/// Whether this call is to fail, errno set; or the end.
bool fails(const std::string& path) {
  Plan& now = plan();
  if (!now.is_meant || !path.starts_with(now.home)) return false;
  if (++now.calls != now.at) return false;
  if (now.action == "kill") kill(getpid(), SIGKILL);
  errno = std::atoi(now.action.c_str());
  return true;
}

bool fails(int descriptor) {
  if (!plan().is_meant) return false;
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return fails(link_of(path));
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define REAL(name) static const auto next = real<decltype(&name)>(#name)

extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  REAL(write);
  return fails(file) ? -1 : next(file, bytes, size);
}
ssize_t writev(int file, const iovec* parts, int count) {
  REAL(writev);
  return fails(file) ? -1 : next(file, parts, count);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  REAL(pwrite);
  return fails(file) ? -1 : next(file, bytes, size, at);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  REAL(pwrite64);
  return fails(file) ? -1 : next(file, bytes, size, at);
}
ssize_t read(int file, void* bytes, size_t size) {
  REAL(read);
  return fails(file) ? -1 : next(file, bytes, size);
}
ssize_t pread(int file, void* bytes, size_t size, off_t at) {
  REAL(pread);
  return fails(file) ? -1 : next(file, bytes, size, at);
}
ssize_t pread64(int file, void* bytes, size_t size, off64_t at) {
  REAL(pread64);
  return fails(file) ? -1 : next(file, bytes, size, at);
}
int fsync(int file) {
  REAL(fsync);
  return fails(file) ? -1 : next(file);
}
int fdatasync(int file) {
  REAL(fdatasync);
  return fails(file) ? -1 : next(file);
}
int ftruncate(int file, off_t size) {
  REAL(ftruncate);
  return fails(file) ? -1 : next(file, size);
}
int ftruncate64(int file, off64_t size) {
  REAL(ftruncate64);
  return fails(file) ? -1 : next(file, size);
}
int rename(const char* from, const char* to) {
  REAL(rename);
  return fails(std::string(to)) ? -1 : next(from, to);
}
int unlink(const char* path) {
  REAL(unlink);
  return fails(std::string(path)) ? -1 : next(path);
}
int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  return fails(std::string(path)) ? -1 : next(path, mode);
}
int open(const char* path, int flags, ...) {
  REAL(open);
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return fails(std::string(path)) ? -1 : next(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  REAL(open64);
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return fails(std::string(path)) ? -1 : next(path, flags, mode);
}

}  // extern "C"
