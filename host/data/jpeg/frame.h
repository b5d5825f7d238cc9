// What of a JPEG file's headers one has to know to put a smaller file together from its bytes.
// Private to host/data/jpeg.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sslx::data {

constexpr uint8_t kEndOfImage = 0xD9;
constexpr uint8_t kFirstRestart = 0xD0;

struct JpegFrame {
  size_t size_at = 0;  ///< Where the image's height and width are, two bytes each.
  size_t scan_at = 0;  ///< Where the header of the scan begins.
  size_t data_at = 0;  ///< Where the entropy-coded data begin.
  int64_t height = 0;
  int64_t width = 0;
  int64_t components = 0;
  int64_t unit_height = 0;  ///< Pixels of the smallest unit that is coded, an MCU.
  int64_t unit_width = 0;
  int64_t interval = 0;  ///< MCUs between two restarts; 0: there are none.

  int64_t units_across() const { return (width + unit_width - 1) / unit_width; }
  int64_t units_down() const { return (height + unit_height - 1) / unit_height; }
};

/// Only of sequential files of one scan with Huffman codes.
std::optional<JpegFrame> jpeg_frame(std::string_view bytes);

/// Two bytes at `at`.
void put_pair(std::string& bytes, size_t at, int64_t value);

/// Whole units `first` to `last` (not included) that one axis of a region touches.
struct UnitSpan {
  UnitSpan(int64_t begin, int64_t length, int64_t unit)
      : first(begin / unit), last((begin + length + unit - 1) / unit) {}
  int64_t first;
  int64_t last;
};

/// Ends a file that was put together. libjpeg-turbo takes its fast path only while so many bytes
/// lie before it as ten blocks can have at most; what stands behind the end is never read.
void end_image(std::string& bytes);

}  // namespace sslx::data
