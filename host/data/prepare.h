// A folder of images whose parts decode faster, with the same pixels.
#pragma once

#include <cstdint>
#include <filesystem>

#include "host/data/data_spec.h"
#include "host/data/left_out.h"

namespace sslx::data {

struct Prepared {
  int64_t rewritten = 0;  ///< JPEG files, with restart markers now.
  int64_t copied = 0;     ///< Other images, as they are.
  int64_t present = 0;    ///< Were there already: an interrupted call goes on.
  int64_t bytes_before = 0;
  int64_t bytes_after = 0;
  LeftOut left_out = {};  ///< Is not in the folder that was written.
};

/// Writes one image to `target`, as prepare_folder() does.
Prepared prepare_file(const std::filesystem::path& file, const std::filesystem::path& target);

/// Writes every image of the folder data set `spec` below `out`, under the same names: JPEG files
/// with restart markers every few blocks, every pixel as it was, the rest copied. Uses all cores.
/// Throws Error(kInput) naming a file that is damaged, Error(kSystem) when one cannot be written.
Prepared prepare_folder(const DataSpec& spec, const std::filesystem::path& out);

}  // namespace sslx::data
