// An image in memory and parts of it: planar bytes, as a person would see them (EXIF's orientation
// is applied by whoever decodes).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sslx::data {

struct Image {
  int64_t channels = 0;  ///< 1 gray, 3 RGB; 0 when the file could not be read.
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> pixels;  ///< [channels, height, width]
  std::string error;            ///< Why it could not be read; empty when it could.
};

constexpr double kMostPixels = 100e6;

/// "60000 x 60000 pixels are more than the 100 megapixels that are allowed"
std::string too_large(double width, double height);

/// An image that could not be read, and why.
Image unreadable(const std::string& why);

/// One row of `image.width` interleaved pixels of `step` bytes, of which the first ones are the
/// image's channels, becomes row `y` of its planes.
void put_row(Image& image, int64_t y, const uint8_t* row, int64_t step);

/// Copies planes [channels, pixels] to interleaved channels [pixels, channels].
void interleave(const float* planes, int64_t channels, int64_t pixels, float* to);

/// Copies to memory that nobody reads soon. Where a machine can write around its caches it does:
/// the lines are not fetched first, only to be written over.
void copy_past_caches(const float* from, int64_t count, float* to);
/// interleave() likewise.
void interleave_past_caches(const float* planes, int64_t channels, int64_t pixels, float* to);

/// A rectangle of whole pixels.
struct Region {
  int64_t top = 0;
  int64_t left = 0;
  int64_t height = 0;
  int64_t width = 0;
};

/// A part of an image and what was decoded along with it.
struct DecodedPart {
  Image image;  ///< Holds the part and some of what is around it.
  double scale =
      1;  ///< Pixels of `image` for one of the whole image; below 1 when it was decoded smaller.
  double top = 0;  ///< Where the part begins in `image`, in its pixels; not always whole ones.
  double left = 0;
};

/// How the stored pixels of a file have to be turned to be seen: EXIF's tag 0x0112, 1 to 8.
class Orientation {
 public:
  explicit Orientation(int tag = 1);

  bool upright() const { return !swap_ && !mirror_x_ && !mirror_y_; }
  /// Whether the seen image is as wide as the stored one is high.
  bool swaps() const { return swap_; }
  /// Where a region of the seen image lies in the stored one of this size.
  Region stored(const Region& seen, int64_t stored_height, int64_t stored_width) const;
  /// The stored pixels as they are seen.
  Image seen(Image stored) const;
  /// `stored` as it is seen, and where its part then begins; the part is `height` x `width` stored
  /// pixels of the whole image.
  DecodedPart seen(DecodedPart stored, int64_t height, int64_t width) const;

 private:
  bool swap_;      ///< Rows are seen as columns,
  bool mirror_x_;  ///< after the stored image was mirrored left to right
  bool mirror_y_;  ///< or upside down.
};

/// The orientation that EXIF data name, upright when they name none or are damaged. `exif` may
/// begin with "Exif\0\0" or at once with the TIFF header.
Orientation exif_orientation(std::string_view exif);

}  // namespace sslx::data
