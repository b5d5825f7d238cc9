// Other commands that work on the same home, on this machine or on another that shares its runs/:
// what they end is taken into this record, and what they claim is waited for. For the executor.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "host/sweep/claims.h"
#include "host/sweep/executor.h"
#include "host/sweep/recording.h"

namespace sslx::sweep {

class Others {
 public:
  Others(const std::filesystem::path& home, RunRecord& record, Claims& claims, Observer& observer);

  /// Takes the runs in that others ended: a trial that one of them has a result of is done here,
  /// too. Costs a look at a folder while nobody else is there. Throws Error(kSystem).
  void take_in();

  /// Called while the candidate's claim cannot be had. A claim whose command is dead is held by the
  /// host that it started, which has a moment to stop, or by what that started and left: these are
  /// ended. The outcome, when nothing helps.
  std::optional<Outcome> wait_for(Candidate& candidate);

 private:
  void look_at_runs();
  void tell(const Holder& holder);

  const std::filesystem::path& home_;
  RunRecord& record_;
  Claims& claims_;
  Observer& observer_;
  std::set<std::string> seen_;  ///< Runs that are in the record and have ended.
  bool looked_ = false;
  bool told_ = false;
};

}  // namespace sslx::sweep
