// Which runs of a trial have ended, whoever ran them: a file for each trial in runs/ended, and for
// each training in runs/ended/training, a run's name a line, so that commands that share a home, or
// runs/ alone, need not look through all folders for what another one has done. A hint, never the
// truth: what a power cut or a full disk left out of it is found by its folder when the next
// command begins.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/sweep/listing.h"

namespace sslx::sweep {

/// To be called when a run's exit.json is there, and before its claim goes: adds it to the files of
/// what its request says. Never throws.
void note_ended(const std::filesystem::path& directory);

class EndedRuns {
 public:
  /// Of the home with this folder of runs.
  explicit EndedRuns(const std::filesystem::path& runs);

  /// The names of the trial's runs, and of those that trained the same, the first that ended first;
  /// as it is now, on a network file system, too.
  std::vector<std::string> of_trial(const std::string& identity) const;
  std::vector<std::string> of_training(const std::string& training) const;

  /// Whether the trial has some, as of a moment ago.
  bool may_have(const std::string& identity) { return trials_.contains(identity); }

 private:
  std::filesystem::path folder_;
  Listing trials_;
};

}  // namespace sslx::sweep
