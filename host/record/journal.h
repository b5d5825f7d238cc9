// The journal of a run: every event is one line of JSON, appended and never changed, by this one
// writer. It is the truth until `sslx` has taken it into the database. A line is written with one
// write() call, so a reader sees whole lines and at most one torn line at the end.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sslx::train {

class Journal {
 public:
  /// Creates the file; throws Error(kSystem) when it cannot be written or is there already.
  explicit Journal(const std::filesystem::path& file);
  /// Keeps nothing: that of a process which helps another with its trial.
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  /// Appends one line: the fields, with "event", "line" and "time" added. Throws Error(kSystem).
  void write(const std::string& event, nlohmann::json fields = nlohmann::json::object());

  /// A "metric" line. A value that is no finite number is written as "nan", "inf" or "-inf".
  void metric(int64_t step, int64_t epoch, const std::map<std::string, double>& values);

  /// Makes sure that all lines so far are on the disk. Also from another thread.
  void sync();

  /// How many there are.
  int64_t lines() const { return line_; }

  /// The last value of each metric, and the step of the last line with one; 0: there was none.
  const std::map<std::string, double>& last_values() const { return last_values_; }
  int64_t last_step() const { return last_step_; }

 private:
  int file_ = -1;
  int64_t line_ = 0;
  std::filesystem::path path_;
  std::map<std::string, double> last_values_;
  int64_t last_step_ = 0;
};

/// Bytes as the text of a line's field.
std::string base64(std::string_view bytes);

/// Now in UTC, "2026-01-31T12:00:00.000Z".
std::string timestamp();

}  // namespace sslx::train
