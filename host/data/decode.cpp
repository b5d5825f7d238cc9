#include "host/data/decode.h"

#include <fmt/format.h>
#include <spng.h>

#include <cmath>
#include <csetjmp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include <jpeglib.h>

namespace sslx::data {
namespace {

constexpr double kMostPixels = 100e6;
constexpr size_t kLargestChunk = size_t{64} << 20;

Image unreadable(const std::string& why) {
  Image out;
  out.error = why;
  return out;
}

std::string too_large(double width, double height) {
  return fmt::format("{} x {} pixels are more than the 100 megapixels that are allowed", width,
                     height);
}

/// Interleaved to planar; of a gray image in RGB the first channel only.
Image planar(const std::vector<uint8_t>& rows, int64_t width, int64_t height, size_t stride,
             int64_t channels) {
  Image out{channels, height, width, {}, ""};
  const auto area = static_cast<size_t>(width * height);
  out.pixels.resize(area * static_cast<size_t>(channels));
  for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
    for (size_t i = 0; i < area; ++i) out.pixels[c * area + i] = rows[i * stride + c];
  }
  return out;
}

/// libjpeg's errors come back by longjmp; nothing with a destructor lives between.
struct JpegErrors {
  jpeg_error_mgr base;
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX];
};

void on_jpeg_error(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->back, 1);
}

/// A warning is damaged data (a truncated file, say): as much a failure as an error.
void on_jpeg_message(j_common_ptr info, int level) {
  if (level < 0) on_jpeg_error(info);
}

/// Reads the header, then the rows; false when libjpeg gives up. `rows` is sized between the two.
bool read_jpeg(jpeg_decompress_struct& info, JpegErrors& errors, const std::string& bytes,
               std::vector<uint8_t>& rows) {
  if (setjmp(errors.back) != 0) return false;  // NOLINT: the library's own way
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  const bool cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = cmyk                                     ? JCS_CMYK
                         : info.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE
                                                                  : JCS_RGB;
  if (double{1} * info.image_width * info.image_height > kMostPixels) {
    std::snprintf(errors.message, sizeof errors.message, "%s",
                  too_large(info.image_width, info.image_height).c_str());
    return false;
  }
  jpeg_start_decompress(&info);
  const size_t stride = size_t{info.output_width} * static_cast<size_t>(info.output_components);
  rows.resize(stride * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = rows.data() + stride * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

/// Adobe's CMYK is stored inverted: each ink is 255 minus its amount.
void cmyk_to_rgb(std::vector<uint8_t>& rows, bool inverted) {
  for (size_t i = 0; i + 3 < rows.size(); i += 4) {
    const unsigned black = inverted ? rows[i + 3] : 255U - rows[i + 3];
    for (size_t c = 0; c < 3; ++c) {
      const unsigned ink = inverted ? rows[i + c] : 255U - rows[i + c];
      rows[i + c] = static_cast<uint8_t>((ink * black + 127) / 255);
    }
  }
}

Image decode_jpeg(const std::string& bytes) {
  jpeg_decompress_struct info{};
  JpegErrors errors{};
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = on_jpeg_error;
  errors.base.emit_message = on_jpeg_message;
  std::vector<uint8_t> rows;
  const bool whole = read_jpeg(info, errors, bytes, rows);
  const int components = info.output_components;
  const auto width = static_cast<int64_t>(info.output_width);
  const auto height = static_cast<int64_t>(info.output_height);
  const bool inverted = info.saw_Adobe_marker != 0;
  jpeg_destroy_decompress(&info);
  if (!whole) return unreadable(errors.message);
  if (components == 4) cmyk_to_rgb(rows, inverted);
  return planar(rows, width, height, static_cast<size_t>(components), components == 1 ? 1 : 3);
}

Image decode_png(const std::string& bytes) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
  if (!context) return unreadable("there is no memory for a PNG decoder");
  spng_set_chunk_limits(context.get(), kLargestChunk, kLargestChunk);  // Texts may be bombs too.
  spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
  spng_ihdr header{};
  int code = spng_get_ihdr(context.get(), &header);
  if (code != 0) return unreadable(spng_strerror(code));
  if (double{1} * header.width * header.height > kMostPixels) {
    return unreadable(too_large(header.width, header.height));
  }
  std::vector<uint8_t> rows(size_t{header.width} * header.height * 3);
  code = spng_decode_image(context.get(), rows.data(), rows.size(), SPNG_FMT_RGB8, 0);
  if (code == 0) code = spng_decode_chunks(context.get());  // To the file's end.
  if (code != 0) return unreadable(spng_strerror(code));
  // libspng is content once the pixels are whole; a file without its end is truncated all the same.
  if (bytes.rfind("IEND\xae\x42\x60\x82") == std::string::npos) {
    return unreadable("the file is truncated: it has no end");
  }
  const bool gray = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
                    header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
  return planar(rows, header.width, header.height, 3, gray ? 1 : 3);
}

/// For each of the `count` middle positions of `to`, the first input position and the weights of
/// those that follow: the triangle filter, widened when shrinking, as PIL's and torchvision's
/// antialiased bilinear.
struct Taps {
  int64_t first;
  std::vector<float> weights;
};

std::vector<Taps> triangle_taps(int64_t from, int64_t to, int64_t count) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double support = std::max(scale, 1.0);
  const int64_t start = (to - count) / 2;
  std::vector<Taps> out;
  for (int64_t i = start; i < start + count; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<int64_t>(0, std::llround(std::floor(centre - support + 0.5)));
    const auto last = std::min<int64_t>(from, std::llround(std::floor(centre + support + 0.5)));
    Taps taps{first, {}};
    double sum = 0;
    for (int64_t j = first; j < last; ++j) {
      const double distance = std::abs((static_cast<double>(j) + 0.5 - centre) / support);
      taps.weights.push_back(static_cast<float>(std::max(0.0, 1.0 - distance)));
      sum += taps.weights.back();
    }
    for (float& weight : taps.weights) weight = static_cast<float>(weight / sum);
    out.push_back(std::move(taps));
  }
  return out;
}

/// One channel, `step` apart along the resized axis and `other_step` along the other.
void resize_axis(const std::vector<float>& in, std::vector<float>& out,
                 const std::vector<Taps>& taps, int64_t lines, int64_t in_line, int64_t in_step,
                 int64_t out_line, int64_t out_step) {
  for (int64_t line = 0; line < lines; ++line) {
    for (size_t i = 0; i < taps.size(); ++i) {
      float sum = 0;
      int64_t place = line * in_line + taps[i].first * in_step;
      for (const float weight : taps[i].weights) {
        sum += weight * in[static_cast<size_t>(place)];
        place += in_step;
      }
      out[static_cast<size_t>(line * out_line + static_cast<int64_t>(i) * out_step)] = sum;
    }
  }
}

/// The central square of a plane that is brought to to_height x to_width: only what the square
/// needs is computed, so that a very long image costs no more than it holds.
std::vector<uint8_t> resize_plane(const uint8_t* plane, int64_t height, int64_t width,
                                  int64_t to_height, int64_t to_width, int64_t side) {
  const std::vector<float> in(plane, plane + height * width);
  std::vector<float> middle(static_cast<size_t>(height * side));
  std::vector<float> out(static_cast<size_t>(side * side));
  resize_axis(in, middle, triangle_taps(width, to_width, side), height, width, 1, side, 1);
  resize_axis(middle, out, triangle_taps(height, to_height, side), side, 1, side, 1, side);
  std::vector<uint8_t> bytes;
  for (const float value : out) {
    bytes.push_back(static_cast<uint8_t>(std::lround(std::min(255.0F, std::max(0.0F, value)))));
  }
  return bytes;
}

}  // namespace

Image decode_image(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in && bytes.empty()) return unreadable("the file cannot be read");
  if (bytes.empty()) return unreadable("the file is empty");
  if (bytes.starts_with("\xff\xd8")) return decode_jpeg(bytes);
  if (bytes.starts_with("\x89PNG")) return decode_png(bytes);
  return unreadable("the file is neither JPEG nor PNG");
}

Image centre_square(const Image& image, int64_t side) {
  const double scale =
      static_cast<double>(side) / static_cast<double>(std::min(image.height, image.width));
  const int64_t height =
      std::max<int64_t>(side, std::llround(static_cast<double>(image.height) * scale));
  const int64_t width =
      std::max<int64_t>(side, std::llround(static_cast<double>(image.width) * scale));
  Image out{image.channels, side, side, {}, ""};
  for (int64_t c = 0; c < image.channels; ++c) {
    const std::vector<uint8_t> plane =
        resize_plane(image.pixels.data() + c * image.height * image.width, image.height,
                     image.width, height, width, side);
    out.pixels.insert(out.pixels.end(), plane.begin(), plane.end());
  }
  return out;
}

Image as_rgb(Image image) {
  if (image.channels != 1) return image;
  const std::vector<uint8_t> gray = image.pixels;
  image.pixels.insert(image.pixels.end(), gray.begin(), gray.end());
  image.pixels.insert(image.pixels.end(), gray.begin(), gray.end());
  image.channels = 3;
  return image;
}

}  // namespace sslx::data
