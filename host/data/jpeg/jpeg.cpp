#include "host/data/jpeg/jpeg.h"

#include <algorithm>

#include "host/data/jpeg/block_window.h"
#include "host/data/jpeg/errors.h"
#include "host/data/jpeg/restarts.h"

namespace sslx::data {
namespace {

/// Pixels around a part that its own colours depend on: chroma is interpolated between neighbours.
constexpr int64_t kMargin = 2;

/// A region and what is within `margin` of it, inside an image of this size.
Region with_margin(const Region& region, int64_t margin, int64_t height, int64_t width) {
  Region out{std::max<int64_t>(region.top - margin, 0), std::max<int64_t>(region.left - margin, 0),
             0, 0};
  out.height = std::min(region.top + region.height + margin, height) - out.top;
  out.width = std::min(region.left + region.width + margin, width) - out.left;
  return out;
}

/// The pixels of an image at 1/`by` of its size that a region touches.
Region shrunk(const Region& region, int64_t by) {
  Region out{region.top / by, region.left / by, 0, 0};
  out.height = (region.top + region.height + by - 1) / by - out.top;
  out.width = (region.left + region.width + by - 1) / by - out.left;
  return out;
}

struct Decoder {
  Decoder() { info.err = jpeg_errors(errors, progress); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&info); }

  /// False when libjpeg gives up.
  bool read_header(std::string_view bytes) {
    if (setjmp(errors.back) != 0) return false;  // NOLINT: the library's own way
    jpeg_create_decompress(&info);
    info.progress = &progress;
    jpeg_save_markers(&info, JPEG_APP0 + 1, 0xFFFF);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    const bool cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = cmyk                                     ? JCS_CMYK
                           : info.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE
                                                                    : JCS_RGB;
    if (double{1} * info.image_width * info.image_height <= kMostPixels) return true;
    std::snprintf(errors.message, sizeof errors.message, "%s",
                  too_large(info.image_width, info.image_height).c_str());
    return false;
  }

  bool read_all() {
    if (setjmp(errors.back) != 0) return false;  // NOLINT: the library's own way
    jpeg_start_decompress(&info);
    read_rows(info.output_height);
    jpeg_finish_decompress(&info);
    return true;
  }

  /// `region` of the stored pixels at 1/`denominator` of their size, with what is around it.
  DecodedPart part(const Region& region, int denominator) {
    info.scale_num = 1;
    info.scale_denom = static_cast<unsigned>(denominator);
    const Region small = shrunk(region, denominator);
    JDIMENSION left = 0;
    int64_t top = 0;
    if (!read_part(small, left, top)) return {unreadable(errors.message)};
    DecodedPart out{std::move(image), 1.0 / denominator, 0, 0};
    out.top = static_cast<double>(region.top) * out.scale - static_cast<double>(top);
    out.left = static_cast<double>(region.left) * out.scale - static_cast<double>(left);
    return out;
  }

  Orientation orientation() const {
    for (jpeg_saved_marker_ptr marker = info.marker_list; marker != nullptr;
         marker = marker->next) {
      const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
      if (data.starts_with("Exif")) return exif_orientation(data);
    }
    return Orientation();
  }

  jpeg_decompress_struct info{};
  jpeg_progress_mgr progress{};
  JpegErrors errors{};
  Image image;

 private:
  /// Reads into `image`; `left` is brought to where a block begins, `top` is the first row.
  bool read_part(const Region& region, JDIMENSION& left, int64_t& top) {
    if (setjmp(errors.back) != 0) return false;  // NOLINT: the library's own way
    jpeg_start_decompress(&info);
    const Region all = with_margin(region, kMargin, info.output_height, info.output_width);
    auto width = static_cast<JDIMENSION>(all.width);
    left = static_cast<JDIMENSION>(all.left);
    top = all.top;
    if (width < info.output_width) jpeg_crop_scanline(&info, &left, &width);
    if (top > 0) jpeg_skip_scanlines(&info, static_cast<JDIMENSION>(top));
    read_rows(static_cast<JDIMENSION>(all.height));
    return true;
  }

  void read_rows(JDIMENSION count) {
    const int64_t step = info.output_components;
    image = {step == 1 ? 1 : 3, count, info.output_width, {}, ""};
    image.pixels.resize(static_cast<size_t>(image.channels) * count * info.output_width);
    row_.resize(size_t{info.output_width} * static_cast<size_t>(step) + 2 * kAligned);
    JSAMPROW row = unaligned(row_.data());
    for (int64_t y = 0; y < image.height; ++y) {
      jpeg_read_scanlines(&info, &row, 1);
      if (step == 4) cmyk_to_rgb(row, 4 * size_t{info.output_width});
      put_row(image, y, row, step);
    }
  }

  static constexpr size_t kAligned = 16;

  /// An address that no register's length divides. To others libjpeg-turbo writes around the
  /// caches, and each row, which is read at once, would be waited for.
  static JSAMPROW unaligned(JSAMPROW row) {
    return row + (kAligned - reinterpret_cast<uintptr_t>(row) % kAligned) % kAligned + kAligned / 2;
  }

  /// Adobe's CMYK is stored inverted: each ink is 255 minus its amount.
  void cmyk_to_rgb(JSAMPROW row, size_t bytes) const {
    const bool inverted = info.saw_Adobe_marker != 0;
    for (size_t i = 0; i + 3 < bytes; i += 4) {
      const unsigned black = inverted ? row[i + 3] : 255U - row[i + 3];
      for (size_t c = 0; c < 3; ++c) {
        const unsigned ink = inverted ? row[i + c] : 255U - row[i + c];
        row[i + c] = static_cast<uint8_t>((ink * black + 127) / 255);
      }
    }
  }

  std::vector<uint8_t> row_;
};

/// The largest of 8, 4, 2 and 1 by which the part may shrink.
int denominator_for(const Region& part, int64_t least_height, int64_t least_width) {
  if (least_height <= 0 || least_width <= 0) return 1;
  for (const int out : {8, 4, 2}) {
    if (part.height >= out * least_height && part.width >= out * least_width) return out;
  }
  return 1;
}

}  // namespace

Image decode_jpeg(std::string_view bytes) {
  Decoder decoder;
  if (!decoder.read_header(bytes)) return unreadable(decoder.errors.message);
  const Orientation orientation = decoder.orientation();  // The markers go with the last row.
  if (!decoder.read_all()) return unreadable(decoder.errors.message);
  return orientation.seen(std::move(decoder.image));
}

Image jpeg_header(std::string_view bytes) {
  Decoder decoder;
  if (!decoder.read_header(bytes)) return unreadable(decoder.errors.message);
  Image out{decoder.info.out_color_space == JCS_GRAYSCALE ? 1 : 3,
            static_cast<int64_t>(decoder.info.image_height),
            static_cast<int64_t>(decoder.info.image_width),
            {},
            ""};
  if (decoder.orientation().swaps()) std::swap(out.height, out.width);
  return out;
}

DecodedPart decode_jpeg_part(std::string_view bytes, const Region& part, int64_t least_height,
                             int64_t least_width, JpegMarks* marks) {
  Decoder decoder;
  if (!decoder.read_header(bytes)) return {unreadable(decoder.errors.message)};
  const Orientation orientation = decoder.orientation();
  const auto height = static_cast<int64_t>(decoder.info.image_height);
  const auto width = static_cast<int64_t>(decoder.info.image_width);
  const Region stored = orientation.stored(part, height, width);
  const int denominator = denominator_for(part, least_height, least_width);
  const Region needed = with_margin(stored, kMargin * denominator, height, width);
  std::optional<JpegWindow> window = cut_window(bytes, needed);
  if (!window) window = step_to_window(bytes, decoder.info, needed, marks);
  if (window) {
    Decoder of_window;
    if (!of_window.read_header(window->bytes)) return {unreadable(of_window.errors.message)};
    const Region moved{stored.top - window->top, stored.left - window->left, stored.height,
                       stored.width};
    return orientation.seen(of_window.part(moved, denominator), stored.height, stored.width);
  }
  return orientation.seen(decoder.part(stored, denominator), stored.height, stored.width);
}

}  // namespace sslx::data
