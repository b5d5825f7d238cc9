// JPEG through libjpeg-turbo: a whole image, or only what a crop needs. Private to host/data.
#pragma once

#include <string_view>

#include "host/data/image.h"
#include "host/data/jpeg_marks.h"

namespace sslx::data {

constexpr double kMostPixels = 100e6;

/// "60000 x 60000 pixels are more than the 100 megapixels that are allowed"
std::string too_large(double width, double height);

/// The whole image. CMYK becomes RGB. What is damaged, truncated, larger than kMostPixels or has
/// more than 100 scans is unreadable.
Image decode_jpeg(std::string_view bytes);

/// Only the header: an Image without pixels, of the size that is seen.
Image jpeg_header(std::string_view bytes);

/// `part` of the seen image. Rows above it are passed over, those below never reached (damage there
/// is not noticed), and beside it only whole blocks are decoded: the pixels are those of the whole
/// image, bit for bit. When least_height and least_width are above 0 and an eighth, a quarter or
/// half of the part still has that many pixels, it is decoded at that scale, by the inverse cosine
/// transform of fewer coefficients. `marks` are the file's, and may become more.
DecodedPart decode_jpeg_part(std::string_view bytes, const Region& part, int64_t least_height,
                             int64_t least_width, JpegMarks* marks = nullptr);

}  // namespace sslx::data
