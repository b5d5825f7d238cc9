// Shows a sweep while it runs: on a terminal one line a running trial, redrawn in place; elsewhere
// plain lines at the start, every ten seconds and at the end.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "host/sweep/executor.h"

namespace sslx::cli {

class ProgressDisplay : public sweep::Observer {
 public:
  /// `total`: trials to run; for the count in front.
  ProgressDisplay(size_t total, bool terminal);

  void started(const sweep::RunView& run) override;
  void progressed(const std::vector<sweep::RunView>& runs) override;
  void finished(const sweep::RunView& run, const sweep::Outcome& outcome) override;
  void note(const std::string& sentence) override;

 private:
  using Clock = std::chrono::steady_clock;
  void say(const std::string& line);
  void erase_lines();

  size_t total_;
  bool terminal_;
  size_t ended_ = 0;
  size_t drawn_ = 0;  ///< Lines that stand on the terminal and are to be redrawn.
  std::map<std::string, Clock::time_point> said_;  ///< Run -> its last plain line.
};

/// "SimCLR, seed 0  epoch 3/8  loss 4.21  2105 images/s  0:42 left"; in place of what is left after
/// a minute without one: "no step for 75 s (method 'x' in loss)".
std::string progress_line(const sweep::RunView& run);

}  // namespace sslx::cli
