#include "host/data/decode.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "host/data/data_state.h"
#include "host/data/jpeg/jpeg.h"
#include "host/data/png.h"
#include "host/data/webp.h"

namespace sslx::data {
namespace {

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG"); }

/// Why no decoder takes the bytes.
Image no_image(std::string_view bytes) {
  return unreadable(bytes.empty() ? "the file is empty" : "the file is no JPEG, PNG or WebP");
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
  std::vector<Taps> down = triangle_taps(height, to_height, side);
  const int64_t first = down.front().first;
  const int64_t rows = down.back().first + static_cast<int64_t>(down.back().weights.size()) - first;
  for (Taps& taps : down) taps.first -= first;
  const std::vector<float> in(plane + first * width, plane + (first + rows) * width);
  std::vector<float> middle(static_cast<size_t>(rows * side));
  std::vector<float> out(static_cast<size_t>(side * side));
  resize_axis(in, middle, triangle_taps(width, to_width, side), rows, width, 1, side, 1);
  resize_axis(middle, out, down, side, 1, side, 1, side);
  std::vector<uint8_t> bytes;
  for (const float value : out) {
    bytes.push_back(static_cast<uint8_t>(std::lround(std::min(255.0F, std::max(0.0F, value)))));
  }
  return bytes;
}

}  // namespace

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8"); }

bool read_bytes(const KnownFile& file, std::string& bytes, size_t most) {
  const int descriptor = ::open(file.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (file.state) check_unchanged(file);
    return false;
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(::fdopen(descriptor, "rb"), std::fclose);
  struct stat status {};
  if (!in || ::fstat(descriptor, &status) != 0) return false;
  if (file.state && *file.state != state_of(status)) check_unchanged(file);
  if (!S_ISREG(status.st_mode)) return false;
  bytes.resize(std::min<size_t>(static_cast<size_t>(status.st_size), most));
  return std::fread(bytes.data(), 1, bytes.size(), in.get()) == bytes.size();
}

bool read_bytes(const std::filesystem::path& file, std::string& bytes, size_t most) {
  return read_bytes(KnownFile{file}, bytes, most);
}

Image decode_bytes(std::string_view bytes) {
  if (is_jpeg(bytes)) return decode_jpeg(bytes);
  if (is_png(bytes)) return decode_png(bytes);
  if (is_webp(bytes)) return decode_webp(bytes);
  return no_image(bytes);
}

Image decode_image(const KnownFile& file) {
  std::string bytes;
  return read_bytes(file, bytes) ? decode_bytes(bytes) : unreadable("the file cannot be read");
}

Image decode_image(const std::filesystem::path& file) { return decode_image(KnownFile{file}); }

Image read_header(std::string_view bytes) {
  if (is_jpeg(bytes)) return jpeg_header(bytes);
  if (is_png(bytes)) return png_header(bytes);
  if (is_webp(bytes)) return webp_header(bytes);
  return no_image(bytes);
}

DecodedPart decode_part(std::string_view bytes, const Region& part, int64_t least_height,
                        int64_t least_width, JpegMarks* marks) {
  if (is_jpeg(bytes)) return decode_jpeg_part(bytes, part, least_height, least_width, marks);
  return {decode_bytes(bytes), 1, static_cast<double>(part.top), static_cast<double>(part.left)};
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
