// Data sets: planar uint8 images and labels, read whole (a pack's are mapped), or the files of
// images that are decoded when they are asked for. Truncated, corrupt or empty input is an
// Error(kInput) that names the file and says what would be right; nothing is repaired silently.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/data/data_spec.h"
#include "host/data/encoded.h"
#include "host/data/file_state.h"
#include "host/data/left_out.h"
#include "host/data/pixels.h"
#include "host/data/unreadable.h"

namespace sslx::data {

/// N images of one shape and their labels.
struct ImageSet {
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  Pixels pixels = {};  ///< [N, channels, height, width]; none when the images are files.
  std::vector<int64_t> labels = {};  ///< 0 .. classes-1, or -1 where there is none.
  std::shared_ptr<const EncodedImages> encoded = nullptr;  ///< The files, or null.

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  size_t image_bytes() const { return static_cast<size_t>(channels * height * width); }
};

/// A view that the data set brings: so many of an image's channels, after those of the views
/// before.
struct Source {
  std::string name;
  int64_t channels = 0;
};

struct Dataset {
  ImageSet train;
  ImageSet test;  ///< Empty where image files or a pack bring none.
  std::vector<std::string> class_names;
  std::vector<std::string> warnings;  ///< One sentence each: images that could not be read, and
                                      ///< what a folder holds beside images.
  int64_t unreadable = 0;
  std::vector<Source> sources = {};  ///< Of data.views; none where an image is one view.
  LeftOut left_out = {};             ///< Of a folder: what is no image that is read.
  /// Counts images whose damage shows when they are decoded; null where all are decoded.
  std::shared_ptr<Unreadable> damaged = nullptr;
  std::vector<KnownFile> mapped = {};  ///< Files that are read on while the images are used.
};

/// Calls `use` with the bytes of every image of the set, [channels, height, width], in order; files
/// are decoded on all cores, some hundred at a time.
void for_each_image(const ImageSet& set, const std::function<void(std::span<const uint8_t>)>& use);

/// Throws Error(kInput) when data.held_out_per_class leaves nothing of a class to train on that has
/// `least` images.
void check_held_out(int64_t least, int64_t per_class);

/// Reads the data set and takes its subset. Throws Error(kInput) as said above, or when a file
/// changed since spec.planned.
Dataset load_dataset(const DataSpec& spec);

}  // namespace sslx::data
