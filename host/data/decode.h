// Image files, JPEG, PNG and WebP by content, to planar bytes. What cannot be read is a value, not
// an exception, since a folder of thousands may hold one that is forgiven. Images beyond 100
// megapixels are refused by their header, before any memory is taken. EXIF's orientation is
// applied: an image is what a person would see.
#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include "host/data/file_state.h"
#include "host/data/image.h"
#include "host/data/jpeg/jpeg.h"

namespace sslx::data {

/// The file's first `most` bytes, or all when there are fewer; false when it cannot be read or is
/// no regular file (a pipe would be waited for).
bool read_bytes(const std::filesystem::path& file, std::string& bytes,
                size_t most = std::numeric_limits<size_t>::max());

/// The same; throws DataError naming the file when its state is another than `file` says.
bool read_bytes(const KnownFile& file, std::string& bytes,
                size_t most = std::numeric_limits<size_t>::max());

/// Whether the bytes begin as a JPEG file does.
bool is_jpeg(std::string_view bytes);

/// Decodes by content, whatever the name's ending. Palettes, 16 bits and CMYK become 8-bit RGB;
/// alpha is dropped.
Image decode_image(const std::filesystem::path& file);
/// Throws DataError as read_bytes() does.
Image decode_image(const KnownFile& file);
/// The same of a file's bytes.
Image decode_bytes(std::string_view bytes);

/// What the header says: an Image without pixels, of the size that is seen.
Image read_header(std::string_view bytes);

/// A part of the image, which must lie inside of it. Of a JPEG no more is decoded than that needs,
/// at a smaller scale where least_height and least_width (0: never) allow it; see jpeg.h. The
/// result may hold more than the part: its `top`, `left` and `scale` say where the part is. A file
/// of which several parts are decoded has `marks`, which make all but the first one faster.
DecodedPart decode_part(std::string_view bytes, const Region& part, int64_t least_height,
                        int64_t least_width, JpegMarks* marks = nullptr);

/// Shorter side to `side` by antialiased bilinear interpolation, then the central square.
Image centre_square(const Image& image, int64_t side);

/// A gray image repeated in three channels; RGB as it is.
Image as_rgb(Image image);

}  // namespace sslx::data
