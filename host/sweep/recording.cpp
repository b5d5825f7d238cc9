#include "host/sweep/recording.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/sweep/ended_runs.h"

namespace sslx::sweep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLongestPause{2000};

/// A host that ended with one has finished all that it wrote.
bool has_result(const Outcome& outcome) {
  return outcome.state == "completed" || outcome.state == "collapsed";
}

}  // namespace

void Trouble::seen(const std::string& reason) {
  if (!since_) since_ = Clock::now();
  reason_ = reason;
}

bool Trouble::lasts(std::chrono::milliseconds time) const {
  return since_ && Clock::now() - *since_ >= time;
}

bool Trouble::is_to_be_told(std::chrono::milliseconds after) {
  if (told_ || !lasts(after)) return false;
  told_ = true;
  return true;
}

void Recording::add(EndedTrial ended) { waiting_.push_back({std::move(ended)}); }

bool Recording::has_training(const std::string& training) const {
  return std::ranges::any_of(waiting_, [&](const Waiting& one) {
    return !training.empty() && one.ended.candidate.trial.training == training;
  });
}

bool Recording::work(const std::function<void(EndedTrial&)>& done, Trouble& trouble) {
  bool recorded = false;
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (Clock::now() < at->next_try) {
      ++at;
      continue;
    }
    try {
      record_end(at->ended);
    } catch (const Error& error) {
      trouble.seen(error.what());
      at->next_try = Clock::now() + at->pause;
      at->pause = std::min(2 * at->pause, kLongestPause);
      return recorded;  // The others would wait for the same thing.
    }
    recorded = true;
    done(at->ended);
    at = waiting_.erase(at);
  }
  return recorded;
}

/// A result that comes after another command took the trial over is kept, and does not count.
void Recording::seal(EndedTrial& ended) {
  if (!ended.running.seal()) {
    ended.outcome.state = "superseded";
    ended.outcome.message =
        "it ended after another command had taken the trial over, to which this one gave no sign "
        "of life";
  }
  ended.is_sealed = true;
}

/// What is wrong with the run's own folder ends this trial, and no other.
void Recording::record_end(EndedTrial& ended) {
  const std::filesystem::path& directory = ended.view.directory;
  try {
    if (!ended.is_sealed) seal(ended);
    if (!ended.is_written) {
      write_exit(directory, ended.outcome);
      note_ended(directory);
    }
    ended.is_written = true;
    const std::string damage = record_.ingest(directory);
    if (!damage.empty()) {
      distrust_journal(directory, damage);
      if (!ended.outcome.is_failure()) {
        ended.outcome = {"failed", "its journal is damaged: " + damage, 0, 0, ended.view.seconds};
      }
    }
    if (!has_result(ended.outcome)) remove_temporaries(directory);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kRun) throw;
    ended.outcome = {"failed", fmt::format("its folder was damaged while it ran: {}", error.what()),
                     0, 0, ended.view.seconds};
    record_.end(ended.view.run, ended.outcome);
  }
}

void Recording::give_up(const std::function<void(const EndedTrial&)>& lost) {
  for (const Waiting& one : waiting_) lost(one.ended);
  waiting_.clear();
}

}  // namespace sslx::sweep
