// JPEG files to pixels: the whole image, or a part of it for little more than the part costs. The
// door of host/data/jpeg, whose other files are private to it.
// - It promises that a part's pixels are those of the whole image, bit for bit, whichever way they
//   were reached, unless a smaller scale was asked for; that gray is one channel and CMYK becomes
//   RGB; that EXIF's orientation is applied.
// - It refuses, as a value (Image::error), what is damaged or truncated where it is read, more than
//   100 megapixels (by the header, before memory is taken), and more than 100 scans.
// - It leaves to libjpeg, from the top, the files that its short ways do not know: progressive and
//   arithmetic ones, and those where nothing would be gained.
#pragma once

#include <string>
#include <string_view>

#include "host/data/image.h"
#include "host/data/jpeg/marks.h"

namespace sslx::data {

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

/// The same image with restart markers, several a row of blocks where its width allows, and
/// optimal Huffman codes: every coefficient stays, so every pixel does. EXIF data stay, other
/// comments go. `error` says why it could not be done; the result is empty then.
std::string with_restarts(std::string_view bytes, std::string& error);

}  // namespace sslx::data
