#include "host/data/image.h"

#include <fmt/format.h>
#include <libexif/exif-data.h>
#include <sslx/detail/multiversion.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sslx::data {

std::string too_large(double width, double height) {
  return fmt::format("{} x {} pixels are more than the 100 megapixels that are allowed", width,
                     height);
}

Image unreadable(const std::string& why) {
  Image out;
  out.error = why;
  return out;
}

namespace {

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define SSLX_SHUFFLES
#endif
#endif

#ifdef SSLX_SHUFFLES
using Sixteen = uint8_t __attribute__((vector_size(16)));

/// 16 pixels: each colour is picked from the first two of three registers, then from the third.
/// What a compiler makes of a loop over every third byte takes several times as long.
SSLX_INLINE void split_16(const uint8_t* row, uint8_t* red, uint8_t* green, uint8_t* blue) {
  Sixteen a;
  Sixteen b;
  Sixteen c;
  std::memcpy(&a, row, 16);
  std::memcpy(&b, row + 16, 16);
  std::memcpy(&c, row + 32, 16);
  const Sixteen red_ab =
      __builtin_shufflevector(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
  const Sixteen green_ab =
      __builtin_shufflevector(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
  const Sixteen blue_ab =
      __builtin_shufflevector(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
  const Sixteen reds =
      __builtin_shufflevector(red_ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
  const Sixteen greens =
      __builtin_shufflevector(green_ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
  const Sixteen blues =
      __builtin_shufflevector(blue_ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
  std::memcpy(red, &reds, 16);
  std::memcpy(green, &greens, 16);
  std::memcpy(blue, &blues, 16);
}
#endif

SSLX_MULTIVERSION void split_rgb(const uint8_t* __restrict row, size_t width,
                                 uint8_t* __restrict red, uint8_t* __restrict green,
                                 uint8_t* __restrict blue) {
  size_t x = 0;
#ifdef SSLX_SHUFFLES
  for (; x + 16 <= width; x += 16) split_16(row + 3 * x, red + x, green + x, blue + x);
#endif
  for (; x < width; ++x) {
    red[x] = row[3 * x];
    green[x] = row[3 * x + 1];
    blue[x] = row[3 * x + 2];
  }
}

/// Likewise, the other way.
SSLX_MULTIVERSION void join_rgb(const float* __restrict red, const float* __restrict green,
                                const float* __restrict blue, size_t pixels, float* __restrict to) {
  for (size_t x = 0; x < pixels; ++x) {
    to[3 * x] = red[x];
    to[3 * x + 1] = green[x];
    to[3 * x + 2] = blue[x];
  }
}

/// Pixels first .. last-1 of planes [channels, pixels], to [last - first, channels].
void join_some(const float* planes, int64_t channels, int64_t pixels, int64_t first, int64_t last,
               float* to) {
  if (channels == 3) {
    const float* red = planes + first;
    join_rgb(red, red + pixels, red + 2 * pixels, static_cast<size_t>(last - first), to);
    return;
  }
  for (int64_t pixel = first; pixel < last; ++pixel) {
    for (int64_t channel = 0; channel < channels; ++channel) {
      *to++ = planes[channel * pixels + pixel];
    }
  }
}

}  // namespace

void interleave(const float* planes, int64_t channels, int64_t pixels, float* to) {
  join_some(planes, channels, pixels, 0, pixels, to);
}

void copy_past_caches(const float* from, int64_t count, float* to) {
#ifdef __SSE2__
  constexpr int64_t kLanes = 4;
  constexpr int64_t kAligned = kLanes * int64_t{sizeof(float)};
  const auto over = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % kAligned);
  const int64_t before =
      std::min<int64_t>(count, (kAligned - over) % kAligned / int64_t{sizeof(float)});
  std::copy_n(from, before, to);
  int64_t i = before;
  for (; i + kLanes <= count; i += kLanes) _mm_stream_ps(to + i, _mm_loadu_ps(from + i));
  std::copy(from + i, from + count, to + i);
  _mm_sfence();
#else
  std::copy_n(from, count, to);
#endif
}

void interleave_past_caches(const float* planes, int64_t channels, int64_t pixels, float* to) {
  constexpr int64_t kTogether = 1024;
  constexpr int64_t kMostChannels = 3;
  if (channels > kMostChannels) return interleave(planes, channels, pixels, to);
  std::array<float, kTogether * kMostChannels> some;  // NOLINT: written before it is read
  for (int64_t first = 0; first < pixels; first += kTogether) {
    const int64_t last = std::min(first + kTogether, pixels);
    join_some(planes, channels, pixels, first, last, some.data());
    copy_past_caches(some.data(), (last - first) * channels, to + first * channels);
  }
}

void put_row(Image& image, int64_t y, const uint8_t* row, int64_t step) {
  const auto width = static_cast<size_t>(image.width);
  const auto area = static_cast<size_t>(image.height) * width;
  uint8_t* to = image.pixels.data() + static_cast<size_t>(y) * width;
  if (image.channels == 3 && step == 3) {
    split_rgb(row, width, to, to + area, to + 2 * area);
    return;
  }
  for (int64_t c = 0; c < image.channels; ++c, to += area) {
    for (size_t x = 0; x < width; ++x)
      to[x] = row[x * static_cast<size_t>(step) + static_cast<size_t>(c)];
  }
}

Orientation::Orientation(int tag)
    : swap_(tag >= 5 && tag <= 8),
      mirror_x_(tag == 2 || tag == 3 || tag == 7 || tag == 8),
      mirror_y_(tag == 3 || tag == 4 || tag == 6 || tag == 7) {}

Region Orientation::stored(const Region& seen, int64_t stored_height, int64_t stored_width) const {
  Region out = swap_ ? Region{seen.left, seen.top, seen.width, seen.height} : seen;
  if (mirror_x_) out.left = stored_width - out.left - out.width;
  if (mirror_y_) out.top = stored_height - out.top - out.height;
  return out;
}

Image Orientation::seen(Image stored) const {
  if (upright() || !stored.error.empty()) return stored;
  Image out{stored.channels, swap_ ? stored.width : stored.height,
            swap_ ? stored.height : stored.width, std::vector<uint8_t>(stored.pixels.size()), ""};
  uint8_t* to = out.pixels.data();
  for (int64_t c = 0; c < stored.channels; ++c) {
    const uint8_t* plane = stored.pixels.data() + c * stored.height * stored.width;
    for (int64_t y = 0; y < out.height; ++y) {
      for (int64_t x = 0; x < out.width; ++x) {
        const int64_t column = swap_ ? y : x;
        const int64_t row = swap_ ? x : y;
        *to++ = plane[(mirror_y_ ? stored.height - 1 - row : row) * stored.width +
                      (mirror_x_ ? stored.width - 1 - column : column)];
      }
    }
  }
  return out;
}

DecodedPart Orientation::seen(DecodedPart stored, int64_t height, int64_t width) const {
  if (upright() || !stored.image.error.empty()) return stored;
  const double high = static_cast<double>(height) * stored.scale;
  const double wide = static_cast<double>(width) * stored.scale;
  if (mirror_x_) stored.left = static_cast<double>(stored.image.width) - stored.left - wide;
  if (mirror_y_) stored.top = static_cast<double>(stored.image.height) - stored.top - high;
  if (swap_) std::swap(stored.left, stored.top);
  stored.image = seen(std::move(stored.image));
  return stored;
}

Orientation exif_orientation(std::string_view exif) {
  std::string whole(exif);
  const std::string mark("Exif\0\0", 6);
  if (!whole.starts_with(mark)) whole = mark + whole;
  const std::unique_ptr<ExifData, void (*)(ExifData*)> data(
      exif_data_new_from_data(reinterpret_cast<const unsigned char*>(whole.data()),
                              static_cast<unsigned>(whole.size())),
      exif_data_unref);
  if (!data) return Orientation();
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) {
    return Orientation();
  }
  return Orientation(exif_get_short(entry->data, exif_data_get_byte_order(data.get())));
}

}  // namespace sslx::data
