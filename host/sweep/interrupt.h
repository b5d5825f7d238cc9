// Counts SIGINT, SIGTERM and SIGHUP while it lives, instead of ending; SIGPIPE is ignored, so that
// a closed pipe never ends a sweep. What was ignored stays so: nohup and a shell's background mean
// it. The handlers that were there come back afterwards. One at a time.
#pragma once

#include <signal.h>

#include <array>
#include <atomic>

namespace sslx::sweep {

class InterruptCount {
 public:
  InterruptCount();
  InterruptCount(const InterruptCount&) = delete;
  InterruptCount& operator=(const InterruptCount&) = delete;
  ~InterruptCount();
  const std::atomic<int>& count() const;

 private:
  std::array<struct sigaction, 4> before_{};
};

}  // namespace sslx::sweep
