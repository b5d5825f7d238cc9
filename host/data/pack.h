// A data set as one file (`sslx data pack`): what a reader needs to know, then the images as they
// lie in memory, so that reading is mapping, and every trial on the machine shares one copy.
//
//   0       "SSLXPACK"
//   8       uint32 version (1), uint32 length of the description
//   16      int64 channels, height, width, training images, test images
//   56      the description, JSON: {"classes": [...], "source": {the [data] table it is made from},
//           "views": [[name, channels], ...] where an image has several}
//   4096 k  pixels of train, uint8 [N, C, H, W]; then those of test, at the next multiple of 4096
//   4096 m  labels of train, then of test, int64
// All numbers are little-endian.
#pragma once

#include <filesystem>

#include "host/data/dataset.h"

namespace sslx::data {

/// Writes the pack beside its place and renames it when it is whole; a pack that is there already
/// is replaced, other files are not. Throws Error(kInput) when `file` exists and is no pack,
/// Error(kSystem) when it cannot be written.
void write_pack(const Dataset& set, const nlohmann::json& source,
                const std::filesystem::path& file);

/// Maps the pack in spec.path, read-only. Throws Error(kInput) naming the file when it is not
/// there, truncated, of another version or none.
Dataset load_pack(const DataSpec& spec);

}  // namespace sslx::data
