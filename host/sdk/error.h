// The one error type of sslx. A message is one sentence in plain words: what, where, what would be
// right; the hint, when there is one, is the next command to try. Thrown inside, caught at four
// edges only: around a plugin's call, a worker's main, a thread's entry and the command's main.
#pragma once

#include <sslx/detail/export.h>

#include <stdexcept>
#include <string>

namespace sslx {

/// What went wrong, by whose hand it can be mended.
enum class ErrorKind {
  kInput,   ///< The user's file, option or data; exit code 2.
  kPlugin,  ///< A plugin that cannot be used; exit code 2.
  kRun,     ///< A trial that failed while it ran; exit code 1.
  kSystem,  ///< The machine: disk, memory, a missing library; exit code 1.
};

class SSLX_API Error : public std::runtime_error {
 public:
  explicit Error(ErrorKind kind, const std::string& message, std::string hint = "");
  ~Error() override;

  ErrorKind kind() const { return kind_; }
  /// The next command or edit to try; empty when there is none.
  const std::string& hint() const { return hint_; }
  /// 2 for bad input, 1 for a failed run.
  int exit_code() const;

 private:
  ErrorKind kind_;
  std::string hint_;
};

/// An Error of kind kInput.
SSLX_API Error input_error(const std::string& message, std::string hint = "");

}  // namespace sslx
