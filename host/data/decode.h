// One image file, JPEG or PNG, to planar bytes. What cannot be read is a value, not an exception,
// since a folder of thousands may hold one that is forgiven. Images beyond 100 megapixels are
// refused by their header, before any memory is taken.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sslx::data {

struct Image {
  int64_t channels = 0;  ///< 1 gray, 3 RGB; 0 when the file could not be read.
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> pixels;  ///< [channels, height, width]
  std::string error;            ///< Why it could not be read; empty when it could.
};

/// Decodes by content, whatever the name's ending. Palettes, 16 bits and CMYK become 8-bit RGB;
/// alpha is dropped.
Image decode_image(const std::filesystem::path& file);

/// Shorter side to `side` by antialiased bilinear interpolation, then the central square.
Image centre_square(const Image& image, int64_t side);

/// A gray image repeated in three channels; RGB as it is.
Image as_rgb(Image image);

}  // namespace sslx::data
