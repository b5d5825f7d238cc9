// What a run's journal says so far, for the progress line: read a little at a time, only whole
// lines. A missing file is an empty one; a torn or foreign line is passed over.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace sslx::sweep {

struct Progress {
  bool started = false;
  int64_t step = 0;
  int64_t steps = 0;  ///< 0 until the run's plan is known.
  int64_t epoch = 0;
  int64_t epochs = 0;
  double loss = std::nan("");
  double images_per_second = std::nan("");
  double seconds_left = std::nan("");  ///< Of the training.
  std::vector<std::string> warnings;
};

class JournalTail {
 public:
  explicit JournalTail(std::filesystem::path journal) : journal_(std::move(journal)) {}

  /// Reads what was added; true when there was something.
  bool read();
  const Progress& progress() const { return progress_; }

 private:
  void line(const std::string& text);
  void metric(const nlohmann::json& event);

  using Clock = std::chrono::steady_clock;
  std::filesystem::path journal_;
  uint64_t offset_ = 0;
  std::string rest_;  ///< The beginning of a line whose end is not written yet.
  Progress progress_;
  std::optional<std::pair<Clock::time_point, int64_t>> first_;  ///< When which step was seen.
  int64_t repeated_ = 0;  ///< The last step that an earlier run did.
};

/// The journal's "finished" event, when its last whole line is one.
std::optional<nlohmann::json> finished_event(const std::filesystem::path& journal);

/// The last `count` lines of a log, joined by " | ", or what an exception that nobody caught said:
/// printable, at most 400 bytes, "" for none. The frames
/// of stacks are left out.
std::string last_lines(const std::filesystem::path& log, size_t count);

}  // namespace sslx::sweep
