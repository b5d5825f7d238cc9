// The image files of a folder data set, as pixels in memory or as files that views decode. Private
// to host/data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/data/dataset.h"
#include "host/data/file_state.h"
#include "host/data/image.h"

namespace sslx::data {

struct Entry {
  std::filesystem::path file;
  int64_t label;
  std::optional<FileState> state = {};  ///< When it was found.
};

/// The files of one view of every scene; those of all views are in the same order.
struct ViewFiles {
  std::string view;  ///< Its folder's name; "" for the one view of a plain folder.
  std::vector<Entry> train;
  std::vector<Entry> test;
  std::filesystem::path train_folder = {};
  std::filesystem::path test_folder = {};
};

/// An image without pixels, of the size that is seen; with an error where the file has no header
/// that can be read.
Image file_header(const KnownFile& file);

/// Decodes all images into `out`, on all cores, and stacks the views of a scene; what cannot be
/// read is left out and counted, more than data.unreadable_limit of it is an Error(kInput) that
/// names the first.
void load_decoded(const DataSpec& spec, const std::vector<ViewFiles>& views, Dataset& out);

/// The same with the headers alone: the images stay files. Damage beyond a header is found when an
/// image is decoded, and counted by out.damaged.
void load_encoded(const DataSpec& spec, const std::vector<Entry>& train,
                  const std::vector<Entry>& test, Dataset& out);

}  // namespace sslx::data
