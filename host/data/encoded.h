// Images that stay files until somebody asks for them: what a data set larger than the memory is
// trained from. Each view then decodes the part that its crop needs, and no more.
#pragma once

#include <filesystem>
#include <vector>

#include "host/data/image.h"
#include "host/data/jpeg_marks.h"

namespace sslx::data {

/// The bytes of one image file and what its header says.
class EncodedImage {
 public:
  /// Throws Error(kInput) naming the file when it cannot be read or is no image.
  explicit EncodedImage(std::filesystem::path file);

  int64_t height() const { return header_.height; }
  int64_t width() const { return header_.width; }
  /// Gray or RGB as the file has it; the rest as of decode_part(). Throws
  /// Error(kInput) naming the file when it is damaged.
  DecodedPart part(const Region& region, int64_t least_height, int64_t least_width,
                   JpegMarks& marks) const;
  /// The central square of `side` pixels, or with side 0 the image as it is.
  Image square(int64_t side) const;

 private:
  /// The image, or an error that names the file.
  Image readable(Image image) const;

  std::filesystem::path file_;
  std::string bytes_;
  Image header_;
};

class EncodedImages {
 public:
  /// All become images of `channels` channels; when there are 3, gray ones too. square() makes them
  /// height x width: central squares when `side` is above 0, else all have that size already.
  /// `scaled`: parts may be decoded at a lower resolution.
  EncodedImages(std::vector<std::filesystem::path> files, int64_t channels, int64_t height,
                int64_t width, int64_t side, bool scaled)
      : files_(std::move(files)),
        channels_(channels),
        height_(height),
        width_(width),
        side_(side),
        scaled_(scaled),
        marks_(files_.size()) {}

  int64_t size() const { return static_cast<int64_t>(files_.size()); }
  EncodedImage open(int64_t index) const {
    return EncodedImage(files_[static_cast<size_t>(index)]);
  }
  /// A part of image `index`, which `image` has open, for a view of height x width pixels.
  DecodedPart part(const EncodedImage& image, int64_t index, const Region& region, int64_t height,
                   int64_t width) const;
  /// What evaluation reads of an image: its pixels are those of data.decode = "once". Throws
  /// Error(kInput) naming a file that is not what it was when the data set was read.
  Image square(int64_t index) const;

 private:
  /// The image in the set's channels; throws when that cannot be.
  Image fitting(Image image, int64_t index) const;

  std::vector<std::filesystem::path> files_;
  int64_t channels_;
  int64_t height_;
  int64_t width_;
  int64_t side_;
  bool scaled_;
  mutable MarkedFiles marks_;  ///< Of the parts that were read so far.
};

}  // namespace sslx::data
