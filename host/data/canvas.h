// A picture in memory, 8-bit RGB, for contact sheets: pixels and short labels are drawn onto it,
// and it is written as PNG. What is drawn beyond the border is cut off.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sslx::data {

using Colour = std::array<uint8_t, 3>;

class Canvas {
 public:
  /// Throws Error(kInput) when there would be more than 100 megapixels.
  Canvas(int64_t width, int64_t height, Colour background);

  int64_t width() const { return width_; }
  int64_t height() const { return height_; }
  const std::vector<uint8_t>& pixels() const { return pixels_; }

  void set(int64_t x, int64_t y, Colour colour);
  /// A planar float image [channels, height, width] of values in [0, 1], each pixel `scale` wide;
  /// 1 channel is gray, of more than 3 the first three are drawn.
  void draw(int64_t x, int64_t y, const float* image, int64_t channels, int64_t height,
            int64_t width, int64_t scale);
  /// Printable ASCII, its top left corner at x, y; kLineHeight high.
  void text(int64_t x, int64_t y, const std::string& text, Colour colour);

  static constexpr int64_t kLineHeight = 12;
  static int64_t text_width(const std::string& text);

 private:
  int64_t width_;
  int64_t height_;
  std::vector<uint8_t> pixels_;  ///< [height, width, 3]
};

/// Replaces `file` as a whole. Throws Error(kInput) when it cannot be written.
void write_png(const Canvas& canvas, const std::filesystem::path& file);

}  // namespace sslx::data
