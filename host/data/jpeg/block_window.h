// A window of a JPEG file without restart markers: the blocks before it are stepped over, which
// costs a quarter of decoding them, and its own are put into a smaller file. Private to
// host/data/jpeg.
#pragma once

#include <cstdio>
#include <optional>
#include <string_view>

#include <jpeglib.h>

#include "host/data/jpeg/marks.h"
#include "host/data/jpeg/restarts.h"

namespace sslx::data {

/// A window that holds `region` (of the stored pixels): every pixel in it is as in the whole image,
/// but for those at edges that are not the image's. `header` is the file's, read by libjpeg, which
/// also checks it. Nothing when the file is not sequential or has restart markers, is damaged up to
/// the end of the region, or when the region is so much of it that nothing would be gained. The
/// file's `marks` spare most of the steps, and those that were found are added.
std::optional<JpegWindow> step_to_window(std::string_view bytes,
                                         const jpeg_decompress_struct& header, const Region& region,
                                         JpegMarks* marks = nullptr);

}  // namespace sslx::data
