// Restart markers: places in a JPEG file where decoding can begin anew. A file that has them every
// few blocks (with_restarts() of jpeg.h writes it) need not be decoded from its start to yield a
// part of it. Private to host/data/jpeg.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/data/image.h"

namespace sslx::data {

/// A smaller file that holds a window of another, which begins at these pixels of it.
struct JpegWindow {
  std::string bytes;
  int64_t top = 0;
  int64_t left = 0;
};

/// The smallest window that holds `region` (of the stored pixels), put together from the file's
/// bytes without decoding any. Nothing when the file is not sequential, has no restart markers, or
/// not a whole number of them a row of blocks.
std::optional<JpegWindow> cut_window(std::string_view bytes, const Region& region);

}  // namespace sslx::data
