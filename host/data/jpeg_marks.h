// Marks in the entropy-coded data of JPEG files: what was found when a part was decoded, so that
// the next part of the same file is reached without stepping over all that lies before it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace sslx::data {

/// Where a unit (an MCU) begins, and what the first coefficients before it have come to.
struct JpegMark {
  uint32_t bit = 0;                   ///< In the data as the file has them, with stuffed zeros.
  std::array<int16_t, 4> means = {};  ///< Of each component's last block.
};

/// The marks of one file: one every kUnits units from its beginning on, as far as is known.
struct JpegMarks {
  static constexpr int64_t kUnits = 8;

  size_t file_bytes = 0;  ///< A file of another size is another file.
  std::vector<JpegMark> list;
};

/// Those of a data set's files, for several threads. They change how fast a part is decoded and
/// nothing else. Beyond kMostBytes no more are kept.
class MarkedFiles {
 public:
  static constexpr size_t kMostBytes = size_t{512} << 20U;

  explicit MarkedFiles(size_t files, size_t most_bytes = kMostBytes)
      : files_(files), most_bytes_(most_bytes) {}

  JpegMarks of(int64_t file) const {
    const std::lock_guard lock(mutex_);
    return files_[static_cast<size_t>(file)];
  }
  /// Keeps them when they are more than what is known.
  void keep(int64_t file, JpegMarks marks) {
    const std::lock_guard lock(mutex_);
    JpegMarks& known = files_[static_cast<size_t>(file)];
    if (marks.file_bytes == known.file_bytes && marks.list.size() <= known.list.size()) return;
    const size_t bytes = bytes_ + sizeof(JpegMark) * marks.list.size();
    const size_t freed = sizeof(JpegMark) * known.list.size();
    if (bytes > most_bytes_ + freed) return;
    bytes_ = bytes - freed;
    known = std::move(marks);
    known.list.shrink_to_fit();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<JpegMarks> files_;
  size_t most_bytes_;
  size_t bytes_ = 0;
};

}  // namespace sslx::data
