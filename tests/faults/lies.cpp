// Preloaded into `sslx` and `sslx-host`: takes one of the things away that they rely on, or the
// machine itself is odd. For the campaign's controls, and for clocks and limits that cannot be had
// otherwise.
//   LIE_ABOUT  with commas: flock (every lock is given), link (every name is free), prctl (no
//   signal
//              when the parent ends), sigpipe (it cannot be ignored), threads (none can be made,
//              from LIE_THREADS on)
//   LIE_CLOCK  seconds by which the calendar's clock is wrong; the others go on as they are
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <string>

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

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define REAL(name) static const auto next = real<decltype(&name)>(#name)

extern "C" {

int flock(int file, int how) noexcept {
  REAL(flock);
  static const bool lie = is_lie("flock");
  return lie ? 0 : next(file, how);
}

/// As rename: what is there under that name goes, and nobody learns of it.
int link(const char* from, const char* to) noexcept {
  REAL(link);
  static const bool lie = is_lie("link");
  if (lie) unlink(to);
  return next(from, to);
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
