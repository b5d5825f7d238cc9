// The processes of one trial on this machine: copies of the first, made before it has opened a
// device or started a thread. The first leads: it writes the journal, and its end is the trial's.
// None outlives it; one that ends before its time is told of by the first, and why.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sslx::processes {

/// Where the processes meet.
struct Meeting {
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  int listener = -1;  ///< Of the first process: a socket that listens there already.
  int64_t rank = 0;
  int64_t size = 1;
};

/// How another process ended that was not to.
struct Ended {
  std::string message;  ///< "process 1 of 2: ..."
  int signal = 0;       ///< That ended it, or 0.
};

/// Ends this process by the signal, as another ended.
void end_by(int signal);

class Processes {
 public:
  /// Starts count - 1 others and returns in each, with its rank. For the main thread, while there
  /// is no other. Throws Error(kSystem) when the system gives none.
  explicit Processes(int64_t count);
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes();

  int64_t rank() const { return meeting_.rank; }
  int64_t size() const { return meeting_.size; }
  bool leads() const { return rank() == 0; }

  const Meeting& meeting() const { return meeting_; }

  /// Of another process than the first: why it ends, for the first to tell.
  void tell(const std::string& message) const;

  /// Of the first, when something went wrong: the other whose end is the reason. What ends one
  /// breaks the connections of all, and it may take seconds until it has ended; what is no broken
  /// connection, as `message` tells, is a reason of its own.
  std::optional<Ended> cause_of(const std::string& message);

  /// Of the first: the others have ended, or throws Error(kRun) of the one that failed.
  void wait();

 private:
  struct Other {
    pid_t pid = -1;
    int words = -1;  ///< A pipe from it.
    bool running = true;
    std::optional<Ended> end = {};
  };
  void look();
  std::string name_of(int64_t other) const;

  Meeting meeting_;
  std::vector<Other> others_;
  int words_ = -1;  ///< To the first.
};

}  // namespace sslx::processes
