// The processes of one trial: on each of its machines a first one and copies of it, made before it
// has opened a device or started a thread. The first of all leads: it writes the journal, and its
// end is the trial's. None outlives the first of its machine; one that ends before its time is told
// of by that one, and why.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sslx::processes {

/// The machines that train a trial together, and which of them this is. The first can be reached by
/// the others at the address and port.
struct Machines {
  int64_t rank = 0;
  int64_t size = 1;
  std::string address = "";
  uint16_t port = 0;
};

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

/// Of the first of all, whose own processes did not end.
inline const char* const kOfAnotherMachine =
    "a process of another machine ended; what it said is in machine-N.log beside this run's "
    "journal";

/// Ends this process by the signal, as another ended.
void end_by(int signal);

class Processes {
 public:
  /// Of `count` processes, as many on each machine, starts the others of this one, and returns in
  /// each with its rank. For the main thread, while there is no other. Throws Error(kSystem) when
  /// the system gives none, or not the port.
  explicit Processes(int64_t count, const Machines& machines = {});
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes();

  int64_t rank() const { return meeting_.rank; }
  int64_t size() const { return meeting_.size; }
  bool leads() const { return rank() == 0; }
  /// How many of them are on this machine.
  int64_t here() const { return size() / machines_.size; }

  const Meeting& meeting() const { return meeting_; }

  /// Of another process than a machine's first: why it ends, for that one to tell.
  void tell(const std::string& message) const;

  /// Of a machine's first, when something went wrong: the other whose end is the reason. What ends
  /// one breaks the connections of all, and it may take seconds until it has ended; what is no
  /// broken connection, as `message` tells, is a reason of its own.
  std::optional<Ended> cause_of(const std::string& message);

  /// Of a machine's first: the others there have ended, or throws Error(kRun) of the one that
  /// failed.
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

  Machines machines_;
  Meeting meeting_;
  std::vector<Other> others_;
  int words_ = -1;  ///< To the first.
};

}  // namespace sslx::processes
