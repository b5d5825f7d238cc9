// One trial while it runs: its claim, its process, its directory, and how it is brought to an end.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "host/machine/beacon.h"
#include "host/machine/oom.h"
#include "host/sweep/claims.h"
#include "host/sweep/devices.h"
#include "host/sweep/executor.h"
#include "host/sweep/outcome.h"

namespace sslx::sweep {

class Running {
 public:
  /// Writes the request, marks the claim and starts the host, by the server when there is one.
  /// `resume` is the folder of an earlier run whose finished stages the host may take over, or
  /// empty. When it throws, the claim is free again and there is no folder.
  Running(const Trial& trial, const std::string& sweep, const ExecutorOptions& options, Claim claim,
          const TrialDevice& device, const std::filesystem::path& resume,
          HostServer* server = nullptr);

  /// Its end, once; exit.json is yet to be written then. Enforces the limits: over the time limit
  /// it is asked to end at its next step; one that does not, or that has shown no sign of life for
  /// as long as the stall limit says, is asked for its stacks, and killed.
  std::optional<Outcome> poll();
  int end_descriptor() const { return process_->end_descriptor(); }
  void interrupt();  ///< SIGTERM; the run counts as interrupted.
  void kill();
  /// False when another command took the trial over meanwhile: what it ends with does not count.
  bool seal() { return claim_.seal(); }
  /// The record has the run's end: gives the claim back.
  void release() { claim_.release(); }
  RunView view();

 private:
  void start(const Trial& trial, const std::string& sweep, const ExecutorOptions& options,
             const TrialDevice& device, const std::filesystem::path& resume, HostServer* server);
  double seconds() const;
  bool is_over_time() const;
  bool is_stalled() const;
  void look_at_beacon();
  void enforce_limits();
  void limit_log() const;

  using Clock = std::chrono::steady_clock;
  Claim claim_;
  RunView view_;
  double time_limit_;
  double stall_limit_;
  std::unique_ptr<machine::Beacon> beacon_ = std::make_unique<machine::Beacon>();
  machine::Sighting seen_;  ///< The last.
  std::optional<Process> process_;
  JournalTail tail_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point sign_ = begin_;         ///< When there was a new one.
  Clock::time_point step_ = begin_;         ///< When a new one began.
  std::optional<Clock::time_point> asked_;  ///< When it was first told to end.
  bool asked_for_stacks_ = false;
  double quiet_at_end_ = 0;  ///< How long there was no sign when it was told to.
  Ended ended_ = Ended::kByItself;
  int64_t kills_before_ = machine::out_of_memory_kills();
};

}  // namespace sslx::sweep
