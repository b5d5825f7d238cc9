#include "host/data/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

namespace sslx::data {
namespace {

const uint8_t* start_of(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

/// The bytes that the file says it has: its container's, and the first eight.
size_t riff_bytes(std::string_view bytes) {
  size_t out = 0;
  for (size_t i = 7; i >= 4; --i) out = out << 8 | static_cast<uint8_t>(bytes[i]);
  return out + 8;
}

/// Reads the header; what is wrong with it, or "".
std::string open_webp(std::string_view bytes, WebPBitstreamFeatures& features) {
  if (WebPGetFeatures(start_of(bytes), bytes.size(), &features) != VP8_STATUS_OK) {
    return "the WebP header is damaged";
  }
  if (riff_bytes(bytes) > bytes.size()) return "the file is truncated";
  if (features.has_animation != 0) return "the file is an animation, which is no single image";
  if (double{1} * features.width * features.height > kMostPixels) {
    return too_large(features.width, features.height);
  }
  return "";
}

/// EXIF data stand behind the pixels.
Orientation webp_orientation(std::string_view bytes) {
  const WebPData data{start_of(bytes), bytes.size()};
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemux(&data),
                                                                     WebPDemuxDelete);
  WebPChunkIterator chunk{};
  Orientation out;
  if (demuxer && WebPDemuxGetChunk(demuxer.get(), "EXIF", 1, &chunk) != 0) {
    out = exif_orientation({reinterpret_cast<const char*>(chunk.chunk.bytes), chunk.chunk.size});
  }
  WebPDemuxReleaseChunkIterator(&chunk);
  return out;
}

}  // namespace

bool is_webp(std::string_view bytes) {
  return bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP";
}

Image decode_webp(std::string_view bytes) {
  WebPBitstreamFeatures features{};
  if (const std::string error = open_webp(bytes, features); !error.empty())
    return unreadable(error);
  const size_t row = size_t{3} * static_cast<size_t>(features.width);
  std::vector<uint8_t> rows(row * static_cast<size_t>(features.height));
  if (WebPDecodeRGBInto(start_of(bytes), bytes.size(), rows.data(), rows.size(),
                        static_cast<int>(row)) == nullptr) {
    return unreadable("the WebP data are damaged or truncated");
  }
  Image out{3, features.height, features.width, std::vector<uint8_t>(rows.size()), ""};
  for (int64_t y = 0; y < out.height; ++y) {
    put_row(out, y, rows.data() + static_cast<size_t>(y) * row, 3);
  }
  return webp_orientation(bytes).seen(std::move(out));
}

Image webp_header(std::string_view bytes) {
  WebPBitstreamFeatures features{};
  if (const std::string error = open_webp(bytes, features); !error.empty())
    return unreadable(error);
  Image out{3, features.height, features.width, {}, ""};
  if (webp_orientation(bytes).swaps()) std::swap(out.height, out.width);
  return out;
}

}  // namespace sslx::data
