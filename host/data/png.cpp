#include "host/data/png.h"

#include <spng.h>

#include <memory>

namespace sslx::data {
namespace {

constexpr size_t kLargestChunk = size_t{64} << 20;

using Context = std::unique_ptr<spng_ctx, void (*)(spng_ctx*)>;

/// Sets the context on the bytes and reads the header; what is wrong with it, or "".
std::string open(const Context& context, std::string_view bytes, spng_ihdr& header) {
  if (!context) return "there is no memory for a PNG decoder";
  spng_set_chunk_limits(context.get(), kLargestChunk, kLargestChunk);  // Texts may be bombs too.
  spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
  const int code = spng_get_ihdr(context.get(), &header);
  if (code != 0) return spng_strerror(code);
  if (double{1} * header.width * header.height > kMostPixels) {
    return too_large(header.width, header.height);
  }
  return "";
}

int64_t channels_of(const spng_ihdr& header) {
  return header.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
                 header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA
             ? 1
             : 3;
}

/// EXIF data may stand before the pixels or after them, and the header must say the same as the
/// whole image; so the chunks are walked here: four bytes of length, four of type, data, a
/// checksum.
Orientation orientation_of(std::string_view bytes) {
  size_t at = 8;
  while (at + 12 <= bytes.size()) {
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<uint8_t>(bytes[at + i]);
    if (length > bytes.size() - at - 12) break;
    if (bytes.substr(at + 4, 4) == "eXIf") return exif_orientation(bytes.substr(at + 8, length));
    at += 12 + length;
  }
  return Orientation();
}

}  // namespace

Image decode_png(std::string_view bytes) {
  const Context context(spng_ctx_new(0), spng_ctx_free);
  spng_ihdr header{};
  if (const std::string error = open(context, bytes, header); !error.empty()) {
    return unreadable(error);
  }
  std::vector<uint8_t> rows(size_t{header.width} * header.height * 3);
  int code = spng_decode_image(context.get(), rows.data(), rows.size(), SPNG_FMT_RGB8, 0);
  if (code == 0) code = spng_decode_chunks(context.get());  // To the file's end.
  if (code != 0) return unreadable(spng_strerror(code));
  // libspng is content once the pixels are whole; a file without its end is truncated all the same.
  if (bytes.rfind("IEND\xae\x42\x60\x82") == std::string::npos) {
    return unreadable("the file is truncated: it has no end");
  }
  Image out{channels_of(header), header.height, header.width, {}, ""};
  out.pixels.resize(static_cast<size_t>(out.channels) * header.width * header.height);
  for (size_t y = 0; y < header.height; ++y) {
    put_row(out, static_cast<int64_t>(y), rows.data() + y * header.width * 3, 3);
  }
  return orientation_of(bytes).seen(std::move(out));
}

Image png_header(std::string_view bytes) {
  const Context context(spng_ctx_new(0), spng_ctx_free);
  spng_ihdr header{};
  if (const std::string error = open(context, bytes, header); !error.empty()) {
    return unreadable(error);
  }
  Image out{channels_of(header), header.height, header.width, {}, ""};
  if (orientation_of(bytes).swaps()) std::swap(out.height, out.width);
  return out;
}

}  // namespace sslx::data
