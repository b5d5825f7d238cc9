// Preloaded into `sslx` and `sslx-host`: takes one of the things away that they rely on, or the
// machine itself is odd. For the campaign's controls, and for clocks and limits that cannot be had
// otherwise.
//   LIE_ABOUT  with commas: flock (every lock is given), link (every name is free), prctl (no
//   signal
//              when the parent ends), sigpipe (it cannot be ignored), threads (none can be made,
//              from LIE_THREADS on)
//   LIE_CLOCK  seconds by which the calendar's clock is wrong; the others go on as they are
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool is_lie(const char* name) {
  const char* const given = std::getenv("LIE_ABOUT");
  if (given == nullptr) return false;
  return ("," + std::string(given) + ",").find("," + std::string(name) + ",") != std::string::npos;
}

long clock_error() {
  const char* const given = std::getenv("LIE_CLOCK");
  return given == nullptr ? 0 : std::atol(given);
}

/// The path, in a folder of this process's own where it is of the claims.
std::string own(std::string_view path) {
  static const bool lie = is_lie("claims");
  constexpr std::string_view kClaims = "/runs/claims";
  const size_t at = lie ? path.find(kClaims) : std::string_view::npos;
  if (at == std::string_view::npos) return std::string(path);
  const size_t end = at + kClaims.size();
  return std::string(path.substr(0, at)) + "/claims-of-" + std::to_string(getpid()) +
         std::string(path.substr(end));
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define REAL(name) static const auto next = real<decltype(&name)>(#name)

extern "C" {

int link(const char* from, const char* to) noexcept {
  REAL(link);
  return next(own(from).c_str(), own(to).c_str());
}
int unlink(const char* path) noexcept {
  REAL(unlink);
  return next(own(path).c_str());
}
int mkdir(const char* path, mode_t mode) noexcept {
  REAL(mkdir);
  return next(own(path).c_str(), mode);
}
int stat(const char* path, struct stat* out) noexcept {
  REAL(stat);
  return next(own(path).c_str(), out);
}
int lstat(const char* path, struct stat* out) noexcept {
  REAL(lstat);
  return next(own(path).c_str(), out);
}
FILE* fopen(const char* path, const char* mode) {
  REAL(fopen);
  return next(own(path).c_str(), mode);
}
FILE* fopen64(const char* path, const char* mode) {
  REAL(fopen64);
  return next(own(path).c_str(), mode);
}
DIR* opendir(const char* path) {
  REAL(opendir);
  return next(own(path).c_str());
}
int open(const char* path, int flags, ...) {
  REAL(open);
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return next(own(path).c_str(), flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  REAL(openat);
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return next(folder, own(path).c_str(), flags, mode);
}

int prctl(int option, ...) noexcept {
  va_list more;
  va_start(more, option);
  unsigned long words[4];
  for (unsigned long& word : words) word = va_arg(more, unsigned long);
  va_end(more);
  if (option == PR_SET_PDEATHSIG && is_lie("prctl")) return 0;
  REAL(prctl);
  return next(option, words[0], words[1], words[2], words[3]);
}

__sighandler_t signal(int number, __sighandler_t handler) noexcept {
  REAL(signal);
  if (number == SIGPIPE && is_lie("sigpipe")) return SIG_DFL;
  return next(number, handler);
}

int sigaction(int number, const struct sigaction* wanted, struct sigaction* before) noexcept {
  REAL(sigaction);
  if (number == SIGPIPE && wanted != nullptr && is_lie("sigpipe")) wanted = nullptr;
  return next(number, wanted, before);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*work)(void*),
                   void* argument) noexcept {
  REAL(pthread_create);
  static std::atomic<long> made{0};
  const char* const limit = std::getenv("LIE_THREADS");
  if (limit != nullptr && is_lie("threads") && ++made >= std::atol(limit)) return EAGAIN;
  return next(thread, attributes, work, argument);
}

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  REAL(clock_gettime);
  const int result = next(clock, out);
  const bool calendar = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result == 0 && calendar) out->tv_sec += clock_error();
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(timeval* out, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *out = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

}  // extern "C"
