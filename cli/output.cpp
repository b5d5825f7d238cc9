#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sslx::cli {

void hold_standard_files() {
  signal(SIGXFSZ, SIG_IGN);
  for (const int wanted : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(wanted, F_GETFD) >= 0) continue;
    // The lowest free number is this one, since those below are taken by now. Opened the wrong way
    // round, so that using it fails.
    static_cast<void>(open("/dev/null", wanted == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

void tell(const std::string& line) {
  std::fputs((line + '\n').c_str(), stderr);
  std::fflush(stderr);
}

void tell_error(const Error& error) {
  tell(fmt::format("sslx: {}", error.what()));
  if (!error.hint().empty()) tell(fmt::format("      {}", error.hint()));
}

int checked_output(int exit_code) {
  signal(SIGPIPE, SIG_IGN);
  int reason = std::fflush(stdout) == 0 ? 0 : errno;
  if (reason == 0 && std::ferror(stdout) == 0) return exit_code;
  // Why an earlier line was lost is known by no one any more: one more line finds out.
  if (reason == 0 && write(STDOUT_FILENO, "\n", 1) < 0) reason = errno;
  if (reason == EPIPE) return exit_code;
  tell(fmt::format("sslx: standard output cannot be written{}",
                   reason == 0 ? "" : fmt::format(": {}", std::strerror(reason))));
  return exit_code == 0 ? 1 : exit_code;
}

}  // namespace sslx::cli
