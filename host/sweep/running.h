// One trial while it runs: its claim, its process, its directory, and how it is brought to an end.
#pragma once

#include <chrono>
#include <optional>

#include "host/machine/oom.h"
#include "host/sweep/claims.h"
#include "host/sweep/executor.h"
#include "host/sweep/outcome.h"

namespace sslx::sweep {

class Running {
 public:
  /// Writes the request, marks the claim and starts the host, by the server when there is one.
  /// `resume` is the folder of an earlier run whose finished stages the host may take over, or
  /// empty. When it throws, the claim is free again and there is no folder.
  Running(const Trial& trial, const std::string& sweep, const ExecutorOptions& options, Claim claim,
          const std::filesystem::path& resume, HostServer* server = nullptr);

  /// Its end, once; exit.json is yet to be written then. Enforces the time limit.
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
             const std::filesystem::path& resume, HostServer* server);
  double seconds() const;
  void enforce_limit();
  void limit_log() const;

  using Clock = std::chrono::steady_clock;
  Claim claim_;
  RunView view_;
  double time_limit_;
  std::optional<Process> process_;
  JournalTail tail_;
  Clock::time_point begin_ = Clock::now();
  std::optional<Clock::time_point> asked_;  ///< When the time limit's SIGTERM was sent.
  Ended ended_ = Ended::kByItself;
  int64_t kills_before_ = machine::out_of_memory_kills();
};

}  // namespace sslx::sweep
