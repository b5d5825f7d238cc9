// A process of its own group, with a file as its standard input and a log for what it prints. The
// handle owns it: a process that is not over when the handle goes is killed with its whole group,
// so no orphan stays. Failing to start is Error(kSystem).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sslx::sweep {

class HostServer;

/// What a host has open; every other descriptor is closed on exec.
struct HostFiles {
  std::filesystem::path input;  ///< Standard input.
  std::filesystem::path log;    ///< Standard output and standard error.
  int claim = -1;               ///< Its descriptor 3.
  int beacon = -1;              ///< Its descriptor 4 (machine/beacon.h), or -1.
};

struct Exit {
  int code = 0;
  int signal = 0;  ///< Not 0 when a signal ended it.
};

class Process {
 public:
  using Clock = std::chrono::steady_clock;

  /// The process and what it starts have SSLX_RUN=`mark` in their environment. A server, when
  /// there is one, starts it.
  Process(const std::filesystem::path& program, const HostFiles& files, const std::string& mark,
          HostServer* server = nullptr);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  /// Its end, once; what it left behind, of its group or its mark, is killed then.
  std::optional<Exit> poll();
  /// When it ended, however late that is asked; nothing while it runs.
  std::optional<Clock::time_point> ended() const;
  /// What poll(2) calls readable when it has ended; -1 when that cannot be had.
  int end_descriptor() const;
  /// To the whole group.
  void signal(int number) const;
  /// SIGQUIT to the process alone: it writes its stacks into its log (machine/last_words.h).
  void ask_for_stacks() const;

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
  std::string mark_;
  std::optional<Clock::time_point> ended_;
  pid_t pid_ = -1;
};

/// What marks the processes of a run: its id and which folder of runs it is in, by its device and
/// inode, so that in a copy of a home nobody takes the original's processes for his own. "" for "".
std::string mark_of(const std::filesystem::path& runs, const std::string& run);

/// Kills every process that has SSLX_RUN=`mark` in its environment, as what a trial started and
/// took out of its group has, and waits until they are gone, ten seconds at most. Returns how many
/// there were.
size_t kill_marked(const std::string& mark);

/// Runs a program to its end with `input` as its standard input and this process's output; Ctrl-C
/// reaches it.
Exit run_to_end(const std::filesystem::path& program, const std::string& input);

/// The same; returns its exit code, 1 when a signal ended it.
int run_with_input(const std::filesystem::path& program, const std::string& input);

/// Runs a command to its end with the file as its standard input, or with this process's where that
/// is empty; Ctrl-C reaches it, and this process waits for it all the same. It and what it starts
/// have SSLX_RUN=`mark` in their environment; what it left behind is killed at its end.
Exit run_in_foreground(const std::vector<std::string>& command, const std::filesystem::path& input,
                       const std::string& mark);

/// What tells a process from a later one of the same number: its start in clock ticks, 0 when it
/// has ended.
uint64_t process_start(pid_t pid);

/// Standard output of a short command, without its last newline; "" when it fails.
std::string output_of(const std::vector<std::string>& command);

/// "SIGSEGV"
std::string signal_name(int number);

}  // namespace sslx::sweep
