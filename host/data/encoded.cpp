#include "host/data/encoded.h"

#include <fmt/format.h>

#include "host/data/decode.h"
#include "host/data/formats.h"

namespace sslx::data {

EncodedImage::EncodedImage(const KnownFile& file) {
  if (!read_bytes(file, bytes_)) broken(file.file, "the file cannot be read");
  header_ = read_header(bytes_);
  if (!header_.error.empty()) broken(file.file, header_.error);
}

DecodedPart EncodedImage::part(const Region& region, int64_t least_height, int64_t least_width,
                               JpegMarks& marks) const {
  return decode_part(bytes_, region, least_height, least_width, &marks);
}

Image EncodedImage::square(int64_t side) const {
  Image whole = decode_bytes(bytes_);
  return side > 0 && whole.error.empty() ? centre_square(whole, side) : whole;
}

EncodedImages::EncodedImages(std::vector<EncodedFile> files, int64_t channels, int64_t height,
                             int64_t width, int64_t side, bool scaled,
                             std::shared_ptr<Unreadable> unreadable)
    : files_(std::move(files)),
      channels_(channels),
      height_(height),
      width_(width),
      side_(side),
      scaled_(scaled),
      marks_(files_.size()),
      unreadable_(std::move(unreadable)) {}

Image EncodedImages::fitting(Image image, int64_t index) const {
  if (!image.error.empty()) return image;
  if (channels_ == 3) image = as_rgb(std::move(image));
  if (image.channels == channels_) return image;
  broken(file(index), "the image has colours now and had none when the data set was read");
}

DecodedPart EncodedImages::part(const EncodedImage& image, int64_t index, const Region& region,
                                int64_t height, int64_t width) const {
  JpegMarks marks = marks_.of(index);
  DecodedPart out = image.part(region, scaled_ ? height : 0, scaled_ ? width : 0, marks);
  if (out.image.error.empty()) marks_.keep(index, std::move(marks));
  out.image = fitting(std::move(out.image), index);
  return out;
}

Image EncodedImages::square(int64_t index) const {
  Image out = fitting(open(index).square(side_), index);
  if (!out.error.empty() || (out.height == height_ && out.width == width_)) return out;
  broken(file(index),
         fmt::format("the image is {} x {} pixels now and was {} x {} when the data set was read",
                     out.width, out.height, width_, height_));
}

void EncodedImages::damaged(int64_t index, const std::string& why) const {
  unreadable_->found(file(index), why);
}

void EncodedImages::refuse(int64_t index, const std::string& why) const {
  broken(file(index), why);
}

bool EncodedImages::is_damaged(int64_t index) const { return unreadable_->has(file(index)); }

}  // namespace sslx::data
