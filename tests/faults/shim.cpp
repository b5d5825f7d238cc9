// Preloaded into `sslx` and `sslx-host`: ends the process, or lets a call fail, at the N-th call
// that touches the files of a home and is of those that are asked for. Only there, so that the
// numbers mean the same each time. Without its variables it does nothing.
//   FAULT_PROGRAM  the executable that it is about; in others it does nothing
//   FAULT_HOME     the folder whose files count
//   FAULT_CALLS    the names of the calls that count, with commas; unset: all below
//   FAULT_PATH     a pattern (fnmatch) that the file's path fits; unset: any
//   FAULT_TEXT     what the bytes of a write have in them; unset: any
//   FAULT_AT       which of these calls, from 1; 0: none
//   FAULT_TIMES    how many from there on; 0: all; unset: one
//   FAULT_ACTION   kill, kill_after (the call), stop (SIGSTOP, before it), half (of a write, once),
//                  or the number of an errno
//   FAULT_ONCE     a file that does not exist yet: of several processes only the one that makes it
//                  has the fault; it is also how others see that it has happened
//   FAULT_COUNT    a file that the number of calls is written to at the end
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

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

std::string path_of(int descriptor) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return link_of(path);
}

struct Plan {
  std::string home = variable("FAULT_HOME") + "/";
  std::string calls_meant = variable("FAULT_CALLS");
  std::string pattern = variable("FAULT_PATH");
  std::string text = variable("FAULT_TEXT");
  std::string once = variable("FAULT_ONCE");
  std::string count_file = variable("FAULT_COUNT");
  std::string action = variable("FAULT_ACTION");
  long at = std::atol(variable("FAULT_AT").c_str());
  long times = variable("FAULT_TIMES").empty() ? 1 : std::atol(variable("FAULT_TIMES").c_str());
  bool is_meant = link_of("/proc/self/exe") == variable("FAULT_PROGRAM");
  std::atomic<long> calls{0};

  ~Plan() {
    if (!is_meant || count_file.empty()) return;
    std::FILE* out = std::fopen(count_file.c_str(), "w");
    if (out == nullptr) return;
    std::fprintf(out, "%ld\n", calls.load());
    std::fclose(out);
  }

  bool counts(const char* call, const std::string& path, std::string_view bytes) const {
    if (!is_meant || !path.starts_with(home)) return false;
    const bool named =
        ("," + calls_meant + ",").find(std::string(",") + call + ",") != std::string::npos;
    return (calls_meant.empty() || named) &&
           (pattern.empty() || fnmatch(pattern.c_str(), path.c_str(), 0) == 0) &&
           (text.empty() || bytes.find(text) != std::string_view::npos);
  }

  /// Whether this one is hit, of all processes where it is to be one alone.
  bool hits() {
    const long number = ++calls;
    if (at == 0 || number < at || (times > 0 && number >= at + times)) return false;
    if (once.empty()) return true;
    const long made =
        syscall(SYS_openat, AT_FDCWD, once.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0644);
    if (made >= 0) close(static_cast<int>(made));
    return made >= 0;
  }
};

Plan& plan() {
  static Plan one;
  return one;
}

enum class Fate { kGo, kFail, kHalf, kEndAfter };

Fate fate(const char* call, const std::string& path, std::string_view bytes = {}) {
  Plan& now = plan();
  if (!now.counts(call, path, bytes) || !now.hits()) return Fate::kGo;
  if (now.action == "kill") kill(getpid(), SIGKILL);
  if (now.action == "stop") kill(getpid(), SIGSTOP);
  if (now.action == "stop") return Fate::kGo;
  if (now.action == "kill_after") return Fate::kEndAfter;
  if (now.action == "half") return Fate::kHalf;
  errno = std::atoi(now.action.c_str());
  return Fate::kFail;
}

/// Whatever the call is, with its fate. Half of it is no less than a byte; only of writes.
template <typename Call>
auto with_fate(Fate fate, Call call) -> decltype(call()) {
  if (fate == Fate::kFail) return -1;
  const auto result = call();
  if (fate == Fate::kEndAfter) kill(getpid(), SIGKILL);
  return result;
}

size_t part_of(Fate fate, size_t size) { return fate == Fate::kHalf && size > 1 ? size / 2 : size; }

std::string_view text_of(const void* bytes, size_t size) {
  return {static_cast<const char*>(bytes), size};
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
  if (!plan().is_meant) return next(file, bytes, size);
  const Fate what = fate("write", path_of(file), text_of(bytes, size));
  return with_fate(what, [&] { return next(file, bytes, part_of(what, size)); });
}
ssize_t writev(int file, const iovec* parts, int count) {
  REAL(writev);
  if (!plan().is_meant) return next(file, parts, count);
  const Fate what = fate("writev", path_of(file));
  return with_fate(what, [&] {
    return what == Fate::kHalf ? next(file, parts, std::min(count, 1)) : next(file, parts, count);
  });
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  REAL(pwrite);
  if (!plan().is_meant) return next(file, bytes, size, at);
  const Fate what = fate("pwrite", path_of(file), text_of(bytes, size));
  return with_fate(what, [&] { return next(file, bytes, part_of(what, size), at); });
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  REAL(pwrite64);
  if (!plan().is_meant) return next(file, bytes, size, at);
  const Fate what = fate("pwrite", path_of(file), text_of(bytes, size));
  return with_fate(what, [&] { return next(file, bytes, part_of(what, size), at); });
}
ssize_t read(int file, void* bytes, size_t size) {
  REAL(read);
  if (!plan().is_meant) return next(file, bytes, size);
  const Fate what = fate("read", path_of(file));
  return with_fate(what, [&] { return next(file, bytes, part_of(what, size)); });
}
ssize_t pread(int file, void* bytes, size_t size, off_t at) {
  REAL(pread);
  if (!plan().is_meant) return next(file, bytes, size, at);
  const Fate what = fate("pread", path_of(file));
  return with_fate(what, [&] { return next(file, bytes, part_of(what, size), at); });
}
ssize_t pread64(int file, void* bytes, size_t size, off64_t at) {
  REAL(pread64);
  if (!plan().is_meant) return next(file, bytes, size, at);
  const Fate what = fate("pread", path_of(file));
  return with_fate(what, [&] { return next(file, bytes, part_of(what, size), at); });
}
int fsync(int file) {
  REAL(fsync);
  if (!plan().is_meant) return next(file);
  return with_fate(fate("fsync", path_of(file)), [&] { return next(file); });
}
int fdatasync(int file) {
  REAL(fdatasync);
  if (!plan().is_meant) return next(file);
  return with_fate(fate("fdatasync", path_of(file)), [&] { return next(file); });
}
int ftruncate(int file, off_t size) {
  REAL(ftruncate);
  if (!plan().is_meant) return next(file, size);
  return with_fate(fate("ftruncate", path_of(file)), [&] { return next(file, size); });
}
int ftruncate64(int file, off64_t size) {
  REAL(ftruncate64);
  if (!plan().is_meant) return next(file, size);
  return with_fate(fate("ftruncate", path_of(file)), [&] { return next(file, size); });
}
int rename(const char* from, const char* to) {
  REAL(rename);
  return with_fate(fate("rename", to), [&] { return next(from, to); });
}
int link(const char* from, const char* to) {
  REAL(link);
  return with_fate(fate("link", to), [&] { return next(from, to); });
}
int unlink(const char* path) {
  REAL(unlink);
  return with_fate(fate("unlink", path), [&] { return next(path); });
}
int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  return with_fate(fate("mkdir", path), [&] { return next(path, mode); });
}
int open(const char* path, int flags, ...) {
  REAL(open);
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  const char* const name = (flags & O_ACCMODE) == O_RDONLY ? "open" : "open_to_write";
  return with_fate(fate(name, path), [&] { return next(path, flags, mode); });
}
int open64(const char* path, int flags, ...) {
  REAL(open64);
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  const char* const name = (flags & O_ACCMODE) == O_RDONLY ? "open" : "open_to_write";
  return with_fate(fate(name, path), [&] { return next(path, flags, mode); });
}

}  // extern "C"
