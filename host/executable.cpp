#include "host/executable.h"

#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <iterator>
#include <string_view>

#include "host/data/guarded.h"

namespace sslx {
namespace {

/// As the library's own, but in plain words: what nobody caught, a thread's for the most part.
[[noreturn]] void on_uncaught() {
  if (std::current_exception()) {
    std::cerr << "nobody caught an exception\n  what():  " << data::current_message() << std::endl;
    std::cerr << data::current_stack().text() << std::flush;
  }
  std::abort();
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// At the end, and of exit() in a plugin, whose code is the process's. What else exit() would do,
/// while other threads compute, is to destroy under them what they use.
void leave_at_once(int code, void*) {
  std::fflush(nullptr);
  std::_Exit(code);
}
#endif

}  // namespace

int run_executable(const Executable& executable, int argc, char** argv) {
  const std::string& name = executable.name;
  if (argc > 1) {
    const bool version = std::string_view(argv[1]) == "--version";
    std::cout << (version ? name + " " SSLX_VERSION "\n" : executable.purpose);
    return version || std::string_view(argv[1]) == "--help" ? 0 : 2;
  }
  try {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // `sslx` died
    signal(SIGXFSZ, SIG_IGN);          // a file beyond its limit is an error of the write
    std::set_terminate(on_uncaught);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ::on_exit(leave_at_once, nullptr);
#endif
    return executable.perform({std::istreambuf_iterator<char>(std::cin), {}});
  } catch (const Error& error) {
    std::cerr << fmt::format("{}: {}\n", name, error.what());
    if (!error.hint().empty()) {
      std::cerr << fmt::format("{:{}}  {}\n", "", name.size(), error.hint());
    }
    return error.exit_code();
  } catch (...) {
    std::cerr << fmt::format("{}: {}\n", name, data::current_message());
    return 1;
  }
}

int end_executable(const Executable& executable, int code) {
  if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::cerr << fmt::format("{}: standard output cannot be written: {}\n", executable.name,
                             std::strerror(errno));
    if (code == 0) code = 1;
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  leave_at_once(code, nullptr);
#endif
  return code;
}

}  // namespace sslx
