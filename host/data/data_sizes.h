// How many images of which class a data set has, found without its pixels: by the names of files,
// by headers and labels. A sweep knows by it before its first trial what no trial could do.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/data/data_spec.h"
#include "host/data/dataset.h"
#include "host/data/file_state.h"

namespace sslx::data {

/// Of the training or the test images, before a subset of them is taken.
struct LabelCounts {
  std::vector<int64_t> classes;  ///< Images of each.
  int64_t unlabelled = 0;

  /// Images of the class that has fewest; 0 without classes.
  int64_t least() const;
  /// With a label, when at most `per_class` of each class are taken; 0: all.
  int64_t labelled(int64_t per_class = 0) const;
};

/// What every image of a set is, as far as it is known without decoding them: 0 where it is not.
struct ImageForm {
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
};

struct DataSizes {
  LabelCounts train;
  LabelCounts test;
  std::vector<Source> views = {};  ///< That it brings, where their channels are known.
  ImageForm image = {};
};

/// When so many training images of each class stand for the test images.
DataSizes with_held_out(DataSizes sizes, int64_t per_class);

/// Of the data set whose files these are; images that turn out to be unreadable are counted.
/// Nothing where the files do not tell. Throws Error(kInput) for headers that are damaged.
std::optional<DataSizes> data_sizes(const DataSpec& spec, std::span<const KnownFile> files);

}  // namespace sslx::data
