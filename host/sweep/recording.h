// Runs whose process is over and whose end the record does not have yet. Each keeps its claim until
// it has: a database that is locked or a disk that is full for a moment must not cost a trial that
// is trained already. Recording is tried again with growing pauses.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "host/sweep/candidates.h"
#include "host/sweep/running.h"

namespace sslx::sweep {

/// One that has ended; the claim is still held.
struct EndedTrial {
  Candidate candidate;
  Running running;
  RunView view;
  Outcome outcome;
  bool is_sealed = false;   ///< No other command can have the trial any more, or one had it.
  bool is_written = false;  ///< In its exit.json.
};

/// How long the record has failed, and whether that was told.
class Trouble {
 public:
  using Clock = std::chrono::steady_clock;
  void seen(const std::string& reason);
  void over() { *this = {}; }
  bool is_there() const { return since_.has_value(); }
  bool lasts(std::chrono::milliseconds time) const;
  /// True once, when it has lasted so long.
  bool is_to_be_told(std::chrono::milliseconds after);
  bool was_told() const { return told_; }
  const std::string& reason() const { return reason_; }

 private:
  std::optional<Clock::time_point> since_;
  std::string reason_;
  bool told_ = false;
};

/// Those that wait for the record.
class Recording {
 public:
  explicit Recording(RunRecord& record) : record_(record) {}

  void add(EndedTrial ended);
  bool is_empty() const { return waiting_.empty(); }
  /// Whether one trained what a trial of this training would, which could take it over.
  bool has_training(const std::string& training) const;
  /// Writes and records the ends that are due; `done` gets each whose claim may go. True when there
  /// was one.
  bool work(const std::function<void(EndedTrial&)>& done, Trouble& trouble);
  /// Lets them go as they are, with their claims' texts left for the next command.
  void give_up(const std::function<void(const EndedTrial&)>& lost);

 private:
  struct Waiting {
    EndedTrial ended;
    std::chrono::steady_clock::time_point next_try = {};
    std::chrono::milliseconds pause{100};
  };
  void record_end(EndedTrial& ended);
  static void seal(EndedTrial& ended);

  RunRecord& record_;
  std::list<Waiting> waiting_;
};

}  // namespace sslx::sweep
