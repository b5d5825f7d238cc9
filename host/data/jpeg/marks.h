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

/// The marks of one file: one every `spacing` units from its beginning on, as far as is known.
struct JpegMarks {
  static constexpr int64_t kLeastSpacing = 4;  ///< Closer ones gain little.

  size_t file_bytes = 0;  ///< A file of another size is another file.
  int64_t spacing = kLeastSpacing;
  std::vector<JpegMark> list;
};

/// Those of a data set's files, for several threads. They change how fast a part is decoded and
/// nothing else. They are spaced so that those of all files have room, if these are about as large
/// as ImageNet's: 4 units apart for 200,000 files, 32 for all of ImageNet. Beyond kMostBytes no
/// more are kept.
class MarkedFiles {
 public:
  static constexpr size_t kMostBytes = size_t{512} << 20U;

  explicit MarkedFiles(size_t files, size_t most_bytes = kMostBytes)
      : files_(files, JpegMarks{0, spacing_for(files, most_bytes), {}}), most_bytes_(most_bytes) {}

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
  static int64_t spacing_for(size_t files, size_t most_bytes) {
    constexpr size_t kUnits = 768;  // Of 500 x 375 pixels, of 16 x 16 each.
    int64_t spacing = JpegMarks::kLeastSpacing;
    while (spacing < 64 &&
           files * kUnits * sizeof(JpegMark) > most_bytes * static_cast<size_t>(spacing)) {
      spacing *= 2;
    }
    return spacing;
  }

  mutable std::mutex mutex_;
  std::vector<JpegMarks> files_;
  size_t most_bytes_;
  size_t bytes_ = 0;
};

}  // namespace sslx::data
