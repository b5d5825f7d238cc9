#include "host/train/checkpoints.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sys/resource.h>

#include <exception>
#include <system_error>
#include <utility>

#include "host/data/guarded.h"
#include "host/weights/checkpoint_files.h"

namespace sslx::train {
namespace {

namespace fs = std::filesystem;

double seconds_between(std::chrono::steady_clock::time_point a,
                       std::chrono::steady_clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

/// All but the last of `before` make room; the last stays, whatever comes of the new one.
fs::path write(const Snapshot& snapshot, const fs::path& file, const std::vector<fs::path>& before,
               Journal& journal) {
  ::setpriority(PRIO_PROCESS, 0, 10);  // of this thread: the cores are the training's
  for (size_t i = 0; i + 1 < before.size(); ++i) {
    std::error_code stays;
    fs::remove(before[i], stays);
  }
  journal.sync();  // the lines that the checkpoint counts
  write_snapshot(snapshot, file);
  if (read_snapshot(file).facts != snapshot.facts) {
    throw Error(ErrorKind::kSystem, file.string() + " is not read as it was written");
  }
  return file;
}

}  // namespace

Checkpoints::Checkpoints(CheckpointPlace place, Journal& journal)
    : place_(std::move(place)), journal_(journal) {}

Checkpoints::~Checkpoints() {
  if (writing_.valid()) writing_.wait();
}

std::optional<Snapshot> Checkpoints::earlier() {
  if (!earlier_) return std::nullopt;
  earlier_seconds_ = earlier_->snapshot.facts.value("seconds", 0.0);
  return std::exchange(earlier_->snapshot, {});
}

void Checkpoints::went_on() {
  files_ = std::move(earlier_->files);
  earlier_->repeat();
  earlier_.reset();
}

void Checkpoints::did_not(const std::string& why) {
  earlier_.reset();
  earlier_seconds_ = 0;
  journal_.write("warning", {{"message", "the earlier run's checkpoint is not taken up: " + why}});
}

double Checkpoints::seconds() const {
  return earlier_seconds_ + seconds_between(begun_, Clock::now());
}

bool Checkpoints::is_due(bool epoch_ended) {
  if (place_.seconds <= 0) return false;
  const Clock::time_point now = Clock::now();
  bool due = seconds_between(last_, now) >= place_.seconds;
  if (epoch_ended) {
    due = due || seconds_between(std::exchange(epoch_, now), now) > place_.seconds;
  }
  if (!due || !writing_.valid()) return due;
  return writing_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void Checkpoints::keep(Snapshot snapshot, int64_t step) {
  if (place_.seconds <= 0 || step_ == step) return;
  finish();
  last_ = Clock::now();
  step_ = step;
  snapshot.facts.update({{"version", 1},
                         {"run", place_.directory.filename().string()},
                         {"stage", place_.stage},
                         {"step", step},
                         {"lines", journal_.lines()},
                         {"seconds", seconds()}});
  try {
    writing_ = std::async(std::launch::async,
                          [this, kept = std::move(snapshot), before = files_,
                           file = place_.directory / checkpoint_name(place_.stage, step)] {
                            return write(kept, file, before, journal_);
                          });
  } catch (const std::system_error& error) {  // there are no more threads
    tell(error.what());
  }
}

void Checkpoints::finish() {
  if (!writing_.valid()) return;
  try {
    const fs::path written = writing_.get();
    if (files_.size() > 1) files_.erase(files_.begin(), files_.end() - 1);
    files_.push_back(written);
  } catch (const std::exception&) {
    tell(data::current_message());
  }
}

void Checkpoints::tell(const std::string& why) {
  if (std::exchange(told_, true)) return;
  journal_.write("warning",
                 {{"message", fmt::format("the checkpoint of step {} is not kept: {}; the training "
                                          "goes on",
                                          *step_, why)}});
}

}  // namespace sslx::train
