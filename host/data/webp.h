// WebP through libwebp. Private to host/data.
#pragma once

#include <string_view>

#include "host/data/image.h"

namespace sslx::data {

/// Whether the bytes begin as a WebP file does.
bool is_webp(std::string_view bytes);

/// The whole image, RGB; alpha is dropped. What is damaged, truncated, animated or larger than 100
/// megapixels is unreadable.
Image decode_webp(std::string_view bytes);

/// Only the header, of a whole file: an Image without pixels, of the size that is seen.
Image webp_header(std::string_view bytes);

}  // namespace sslx::data
