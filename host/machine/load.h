// What other processes take of the processors that this one may use. A training whose threads have
// to share theirs is slower than it would be alone, by far more than their share: each waits for
// the last one. So a sweep looks before it starts threads, and a run says how it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/machine/cores.h"

namespace sslx::machine {

/// The system's load average of the last minute: processes that ran or waited; none when it is not
/// known.
std::optional<double> load_average(const std::filesystem::path& root = "/");

/// Watches from where it is made on. `root`: see quota.h.
class LoadWatch {
 public:
  explicit LoadWatch(std::filesystem::path root = "/", std::vector<int> processors = affinity());

  /// How many cores others have been using, on average; none when less than an eighth of a second
  /// has passed, which the system's clock of 10 ms cannot divide.
  std::optional<double> others() const;

  size_t processors() const { return processors_.size(); }

 private:
  /// In clock ticks of the processors together.
  struct Ticks {
    uint64_t all = 0;
    uint64_t busy = 0;
    uint64_t own = 0;
  };
  std::optional<Ticks> now() const;

  std::filesystem::path root_;
  std::vector<int> processors_;
  std::optional<Ticks> begin_;
};

/// The cores that are left of so many processors when others use `others` of them, by whole ones:
/// at least one, and no more than `allowed`.
int free_cores(int allowed, size_t processors, double others);

/// How a part of a run was, for its record: {"start", "end"} are load averages, {"cores"} the
/// processors it may use, {"others"} what others used of them, and "disturbed" whether that left
/// less than nine tenths of what `threads` threads can use.
nlohmann::json load_record(const LoadWatch& watch, std::optional<double> average_at_start,
                           int threads, const std::filesystem::path& root = "/");

}  // namespace sslx::machine
