#include "host/data/encoded.h"

#include <fmt/format.h>

#include "host/data/decode.h"
#include "host/data/formats.h"

namespace sslx::data {
EncodedImage::EncodedImage(std::filesystem::path file) : file_(std::move(file)) {
  if (!read_bytes(file_, bytes_)) broken(file_, "the file cannot be read");
  header_ = readable(read_header(bytes_));
}

Image EncodedImage::readable(Image image) const {
  if (!image.error.empty()) broken(file_, image.error);
  return image;
}

DecodedPart EncodedImage::part(const Region& region, int64_t least_height, int64_t least_width,
                               JpegMarks& marks) const {
  DecodedPart out = decode_part(bytes_, region, least_height, least_width, &marks);
  out.image = readable(std::move(out.image));
  return out;
}

Image EncodedImage::square(int64_t side) const {
  Image whole = readable(decode_bytes(bytes_));
  return side > 0 ? centre_square(whole, side) : whole;
}

Image EncodedImages::fitting(Image image, int64_t index) const {
  if (channels_ == 3) image = as_rgb(std::move(image));
  if (image.channels == channels_) return image;
  broken(files_[static_cast<size_t>(index)],
         "the image has colours now and had none when the data set was read");
}

DecodedPart EncodedImages::part(const EncodedImage& image, int64_t index, const Region& region,
                                int64_t height, int64_t width) const {
  JpegMarks marks = marks_.of(index);
  DecodedPart out = image.part(region, scaled_ ? height : 0, scaled_ ? width : 0, marks);
  marks_.keep(index, std::move(marks));
  out.image = fitting(std::move(out.image), index);
  return out;
}

Image EncodedImages::square(int64_t index) const {
  Image out = fitting(open(index).square(side_), index);
  if (out.height == height_ && out.width == width_) return out;
  broken(files_[static_cast<size_t>(index)],
         fmt::format("the image is {} x {} pixels now and was {} x {} when the data set was read",
                     out.width, out.height, width_, height_));
}

}  // namespace sslx::data
