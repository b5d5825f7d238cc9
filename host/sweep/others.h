// Other commands that work on the same home, on this machine or on another that shares its runs/:
// what they end is taken into this record, and what they claim is waited for. For the executor.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "host/sweep/claims.h"
#include "host/sweep/ended_runs.h"
#include "host/sweep/executor.h"
#include "host/sweep/recording.h"

namespace sslx::sweep {

class Others {
 public:
  Others(const std::filesystem::path& home, RunRecord& record, Claims& claims, Observer& observer);

  /// Takes the runs in that others ended of this trial, whose claim is held, and of those that
  /// train the same: one that they have a result of is done here, too. Throws Error(kSystem).
  void take_in(const Trial& trial);

  /// Whether another command has a result of it already, as of a moment ago: then nobody need claim
  /// it. Throws Error(kSystem).
  bool have_done(const Trial& trial);

  /// Called while the candidate's claim cannot be had. A claim whose command is dead is held by the
  /// host that it started, which has a moment to stop, or by what that started and left: these are
  /// ended. The outcome, when nothing helps.
  std::optional<Outcome> wait_for(Candidate& candidate);

 private:
  void tell(const Holder& holder);

  const std::filesystem::path& home_;
  RunRecord& record_;
  Claims& claims_;
  Observer& observer_;
  EndedRuns ended_;
  bool told_ = false;
};

}  // namespace sslx::sweep
