// PNG through libspng. Private to host/data.
#pragma once

#include <string_view>

#include "host/data/image.h"

namespace sslx::data {

/// The whole image: palettes and 16 bits become 8-bit RGB, gray stays gray, alpha is dropped. What
/// is damaged, truncated or larger than 100 megapixels is unreadable.
Image decode_png(std::string_view bytes);

/// Only the header: an Image without pixels, of the size that is seen.
Image png_header(std::string_view bytes);

}  // namespace sslx::data
