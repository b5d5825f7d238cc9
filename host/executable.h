// What the two executables that load plugins, sslx-host and sslx-tools, do alike: a request comes
// as JSON on standard input, and what goes wrong with it is told in plain words.
#pragma once

#include <functional>
#include <string>

namespace sslx {

struct Executable {
  std::string name;
  std::string purpose;  ///< What --help says.
  /// Does what the text on standard input asks for; returns the exit code.
  std::function<int(const std::string& text)> perform;
};

/// The exit code: of the request, or of --version and --help. What is thrown is told on standard
/// error, an Error with its hint.
int run_executable(const Executable& executable, int argc, char** argv);

/// The end of main(): 1 instead of 0 when what was printed is not whole. It does not return, since
/// LibTorch takes a sixth of a second to take apart what the end of a process gives back at once;
/// but with a sanitizer, which looks for leaks at the usual end, it does.
int end_executable(const Executable& executable, int code);

}  // namespace sslx
