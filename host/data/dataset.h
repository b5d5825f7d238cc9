// Data sets in memory: planar uint8 images and labels, read whole (a pack's are mapped). Truncated,
// corrupt or empty input is an Error(kInput) that names the file and says what would be right;
// nothing is repaired silently.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/data/data_spec.h"
#include "host/data/pixels.h"

namespace sslx::data {

/// N images of one shape and their labels.
struct ImageSet {
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  Pixels pixels;                ///< [N, channels, height, width]
  std::vector<int64_t> labels;  ///< 0 .. classes-1, or -1 where there is none.

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  size_t image_bytes() const { return static_cast<size_t>(channels * height * width); }
};

struct Dataset {
  ImageSet train;
  ImageSet test;
  std::vector<std::string> class_names;
  std::vector<std::string> warnings;  ///< One sentence each: images that could not be read.
  int64_t unreadable = 0;
};

/// Reads the data set and takes its subset. Throws Error(kInput) as said above.
Dataset load_dataset(const DataSpec& spec);

}  // namespace sslx::data
