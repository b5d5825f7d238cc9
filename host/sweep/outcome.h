// Judges how a trial's process ended: from its exit, the last line of its journal and the last
// words of its log, in one plain sentence; and gives the reason a name.
#pragma once

#include <filesystem>

#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {

/// Why the executor itself ended a process.
enum class Ended { kByItself, kTimeLimit, kStalled, kInterrupted };

struct Ending {
  Exit exit;
  Ended ended = Ended::kByItself;
  double seconds = 0;
  double time_limit = 0;
  bool is_memory_short = false;  ///< The kernel ended processes for want of memory meanwhile.
  std::string doing = {};        ///< What it was at: "method 'x' in loss at step 3", or "".
  double quiet = 0;              ///< Seconds without a sign of life before it was ended.
};

/// Whether it ended so that its GPU may be at fault: it failed, or had too little memory.
bool is_of_device(const Outcome& outcome);

Outcome judge(const Ending& ending, const std::filesystem::path& directory);

}  // namespace sslx::sweep
