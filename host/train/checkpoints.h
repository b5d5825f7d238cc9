// The checkpoints of one stage of a trial: when one is due, and how it is written beside the
// training, which waits for a copy of the tensors alone. One that is written is read again before
// it counts; the last that counts stays until then, and at most two are on the disk. What cannot be
// written is a warning in the journal, once: the training goes on.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "host/record/journal.h"
#include "host/train/snapshot.h"

namespace sslx::train {

struct CheckpointPlace {
  std::filesystem::path directory;  ///< The run's.
  std::string stage;
  double seconds = 0;  ///< From one to the next; 0: none.
};

/// One that an earlier run of the trial has left.
struct EarlierCheckpoint {
  Snapshot snapshot;
  /// Files that newer checkpoints take the place of, the snapshot's own last.
  std::vector<std::filesystem::path> files;
  /// Writes into the journal what the training had written up to it.
  std::function<void()> repeat;
};

class Checkpoints {
 public:
  Checkpoints(CheckpointPlace place, Journal& journal);
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;
  /// Waits for one that is being written.
  ~Checkpoints();

  void go_on_from(EarlierCheckpoint earlier) { earlier_ = std::move(earlier); }
  /// What to go on from, once: then the training says whether it has.
  std::optional<Snapshot> earlier();
  void went_on();
  void did_not(const std::string& why);

  /// To be asked after each step. At the end of an epoch that took longer than the time from one
  /// to the next, too; not while the last is being written.
  bool is_due(bool epoch_ended);
  /// After `step` steps; waits for the one before. Does nothing when there are to be none.
  void keep(Snapshot snapshot, int64_t step);
  /// Waits for the last.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  void tell(const std::string& why);
  double seconds() const;  ///< That the stage took so far, in earlier runs, too.

  CheckpointPlace place_;
  Journal& journal_;
  std::optional<EarlierCheckpoint> earlier_;
  double earlier_seconds_ = 0;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point last_ = begun_;
  Clock::time_point epoch_ = begun_;
  std::vector<std::filesystem::path> files_;  ///< The last one counts.
  std::future<std::filesystem::path> writing_;
  std::optional<int64_t> step_;  ///< Of the last that was begun.
  bool told_ = false;
};

}  // namespace sslx::train
