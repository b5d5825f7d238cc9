#include "host/data/encoded.h"

#include "host/data/decode.h"
#include "host/data/formats.h"

namespace sslx::data {
namespace {

Image with_channels(Image image, int64_t channels) {
  return channels == 3 ? as_rgb(std::move(image)) : image;
}

}  // namespace

EncodedImage::EncodedImage(std::filesystem::path file) : file_(std::move(file)) {
  if (!read_bytes(file_, bytes_)) broken(file_, "the file cannot be read");
  header_ = readable(read_header(bytes_));
}

Image EncodedImage::readable(Image image) const {
  if (!image.error.empty()) broken(file_, image.error);
  return image;
}

DecodedPart EncodedImage::part(const Region& region, int64_t least_height,
                               int64_t least_width) const {
  DecodedPart out = decode_part(bytes_, region, least_height, least_width);
  out.image = readable(std::move(out.image));
  return out;
}

Image EncodedImage::square(int64_t side) const {
  Image whole = readable(decode_bytes(bytes_));
  return side > 0 ? centre_square(whole, side) : whole;
}

DecodedPart EncodedImages::part(const EncodedImage& image, const Region& region, int64_t height,
                                int64_t width) const {
  DecodedPart out = image.part(region, scaled_ ? height : 0, scaled_ ? width : 0);
  out.image = with_channels(std::move(out.image), channels_);
  return out;
}

Image EncodedImages::square(int64_t index) const {
  return with_channels(open(index).square(side_), channels_);
}

}  // namespace sslx::data
