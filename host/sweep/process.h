// A process of its own group, with a file as its standard input and a log for what it prints. The
// handle owns it: a process that is not over when the handle goes is killed with its whole group,
// so no orphan stays. Failing to start is Error(kSystem).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sslx::sweep {

struct Exit {
  int code = 0;
  int signal = 0;  ///< Not 0 when a signal ended it.
};

class Process {
 public:
  /// `kept` stays open in the process as descriptor 3; every other one is closed on exec.
  Process(const std::filesystem::path& program, const std::filesystem::path& input,
          const std::filesystem::path& log, int kept);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  /// Its end, once; what is left of its group is killed then.
  std::optional<Exit> poll();
  /// To the whole group.
  void signal(int number) const;

 private:
  pid_t pid_ = -1;
};

/// Runs a program to its end with `input` as its standard input and this process's output; Ctrl-C
/// reaches it. Returns its exit code, 1 when a signal ended it.
int run_with_input(const std::filesystem::path& program, const std::string& input);

/// What tells a process from a later one of the same number: its start in clock ticks, 0 when gone.
uint64_t process_start(pid_t pid);

/// Standard output of a short command, without its last newline; "" when it fails.
std::string output_of(const std::vector<std::string>& command);

/// "SIGSEGV"
std::string signal_name(int number);

}  // namespace sslx::sweep
