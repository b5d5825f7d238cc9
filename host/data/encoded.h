// Images that stay files until somebody asks for them: what a data set larger than the memory is
// trained from. Each view then decodes the part that its crop needs, and no more.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "host/data/file_state.h"
#include "host/data/image.h"
#include "host/data/jpeg/jpeg.h"
#include "host/data/unreadable.h"

namespace sslx::data {

/// The bytes of one image file and what its header says.
class EncodedImage {
 public:
  /// Throws DataError naming the file when it cannot be read, is no image, or is not in the state
  /// in which it was found.
  explicit EncodedImage(const KnownFile& file);

  int64_t height() const { return header_.height; }
  int64_t width() const { return header_.width; }
  /// Gray or RGB as the file has it; the rest as of decode_part(). What is damaged is unreadable.
  DecodedPart part(const Region& region, int64_t least_height, int64_t least_width,
                   JpegMarks& marks) const;
  /// The central square of `side` pixels, or with side 0 the image as it is; or unreadable.
  Image square(int64_t side) const;

 private:
  std::string bytes_;
  Image header_;
};

/// One file of a set and its label.
struct EncodedFile {
  KnownFile file;
  int64_t label = 0;
};

class EncodedImages {
 public:
  /// All become images of `channels` channels; when there are 3, gray ones too. square() makes them
  /// height x width: central squares when `side` is above 0, else all have that size already.
  /// `scaled`: parts may be decoded at a lower resolution. `unreadable` counts those whose damage
  /// shows only now.
  EncodedImages(std::vector<EncodedFile> files, int64_t channels, int64_t height, int64_t width,
                int64_t side, bool scaled, std::shared_ptr<Unreadable> unreadable);

  int64_t size() const { return static_cast<int64_t>(files_.size()); }
  int64_t label(int64_t index) const { return files_[static_cast<size_t>(index)].label; }
  EncodedImage open(int64_t index) const {
    return EncodedImage(files_[static_cast<size_t>(index)].file);
  }
  /// A part of image `index`, which `image` has open, for a view of height x width pixels; or
  /// unreadable.
  DecodedPart part(const EncodedImage& image, int64_t index, const Region& region, int64_t height,
                   int64_t width) const;
  /// What evaluation reads of an image: its pixels are those of data.decode = "once"; or
  /// unreadable.
  Image square(int64_t index) const;

  /// Counts an image as unreadable; throws DataError when that is one too many.
  void damaged(int64_t index, const std::string& why) const;
  /// Throws DataError: the image must be there.
  [[noreturn]] void refuse(int64_t index, const std::string& why) const;
  /// Whether it was counted so.
  bool is_damaged(int64_t index) const;

 private:
  /// The image in the set's channels; throws when that cannot be.
  Image fitting(Image image, int64_t index) const;
  const std::filesystem::path& file(int64_t index) const {
    return files_[static_cast<size_t>(index)].file.file;
  }

  std::vector<EncodedFile> files_;
  int64_t channels_;
  int64_t height_;
  int64_t width_;
  int64_t side_;
  bool scaled_;
  mutable MarkedFiles marks_;  ///< Of the parts that were read so far.
  std::shared_ptr<Unreadable> unreadable_;
};

}  // namespace sslx::data
