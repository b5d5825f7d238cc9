// The trials of a sweep that are to run, in the order in which they are tried.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "host/sweep/device_deal.h"
#include "host/sweep/plan.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {

/// A trial that is to run, or runs.
struct Candidate {
  Trial trial;
  int attempt = 0;                      ///< How often it was tried before in this command.
  std::filesystem::path last_run = {};  ///< Of the last attempt, or empty.
  std::vector<Outcome> earlier = {};    ///< How the attempts before ended.
  DeviceDeal::Place place = {};         ///< Among the devices.
  std::chrono::steady_clock::time_point next_try = {};
  std::optional<std::chrono::steady_clock::time_point> orphaned_since = {};
};

class Candidates {
 public:
  void add(Candidate one) { all_.push_back(std::move(one)); }
  void add_first(Candidate one) { all_.push_front(std::move(one)); }
  /// To be tried in a moment.
  void add_later(Candidate one);
  /// From one that is drawn on: commands that all begin at the first would try the same ones at the
  /// same time.
  void begin_anywhere();

  bool is_empty() const { return all_.empty(); }
  size_t size() const { return all_.size(); }
  void clear() { all_.clear(); }
  /// Whether each may be tried now.
  bool are_due() const;

  using Ask = std::function<bool(Candidate&)>;
  /// Until `full`, starts those that are due and do not have to wait. One that cannot be started
  /// now comes last from then on, and is tried again in a moment.
  void start(const std::function<bool()>& full, const Ask& waits, const Ask& start);

 private:
  std::list<Candidate> all_;
};

}  // namespace sslx::sweep
