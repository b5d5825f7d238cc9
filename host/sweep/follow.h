// On another machine than the first of several: joins the runs that the first one begins with this
// machine's share of their processes.
#pragma once

#include <list>
#include <optional>
#include <string>

#include "host/sweep/executor.h"
#include "host/sweep/process.h"

namespace sslx::sweep {

class Follower {
 public:
  Follower(const ExecutorOptions& options, std::string sweep)
      : options_(options), sweep_(std::move(sweep)) {}

  /// The first machine has begun the run of a trial, or is about to.
  void begun(const Trial& trial, const std::string& run);
  /// Joins what is there by now, one after the other. Throws Error(kInput) when the first machine
  /// has other plugins or another host.
  void look();
  /// Asks what runs to end at its next step, and waits a moment for it.
  void end();

 private:
  struct Begun {
    Trial trial;
    std::string run;
  };
  bool join(const Begun& one);
  void check_same(const nlohmann::json& theirs, const nlohmann::json& own) const;

  const ExecutorOptions& options_;
  std::string sweep_;
  std::list<Begun> begun_;
  std::optional<Process> process_;
};

}  // namespace sslx::sweep
