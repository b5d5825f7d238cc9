#include "host/data/jpeg/frame.h"

#include <algorithm>

namespace sslx::data {
namespace {

constexpr uint8_t kStartOfScan = 0xDA;
constexpr uint8_t kRestartInterval = 0xDD;
constexpr size_t kBytesOfTenBlocks = 10 * 64 * 8;

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  uint8_t at(size_t i) const { return static_cast<uint8_t>(bytes_[i]); }
  int64_t pair(size_t i) const { return at(i) << 8 | at(i + 1); }
  size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

/// A frame's header: precision, height, width, then id and sampling factors of each component.
bool read_frame(const Bytes& in, size_t body, size_t length, JpegFrame& out) {
  if (length < 8 || in.at(body) != 8) return false;
  out.size_at = body + 1;
  out.height = in.pair(body + 1);
  out.width = in.pair(body + 3);
  out.components = in.at(body + 5);
  if (length < 8 + 3 * static_cast<size_t>(out.components)) return false;
  int64_t across = 1;
  int64_t down = 1;
  for (int64_t c = 0; c < out.components && out.components > 1; ++c) {
    const uint8_t factors = in.at(body + 7 + 3 * static_cast<size_t>(c));
    across = std::max<int64_t>(across, factors >> 4);
    down = std::max<int64_t>(down, factors & 15);
  }
  out.unit_width = 8 * across;
  out.unit_height = 8 * down;
  return out.height > 0 && out.width > 0;
}

}  // namespace

std::optional<JpegFrame> jpeg_frame(std::string_view bytes) {
  const Bytes in(bytes);
  JpegFrame out;
  size_t at = 2;
  while (at + 4 <= in.size() && in.at(at) == 0xFF) {
    const uint8_t marker = in.at(at + 1);
    if (marker <= 1 || marker == 0xFF || (marker >= kFirstRestart && marker < kStartOfScan)) {
      return std::nullopt;  // Padding, or a marker without a length: nobody writes them here.
    }
    const size_t body = at + 4;
    const auto length = static_cast<size_t>(in.pair(at + 2));
    if (length < 3 || at + 2 + length > in.size()) return std::nullopt;
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame && (marker > 0xC1 || !read_frame(in, body, length, out))) return std::nullopt;
    if (marker == kRestartInterval && length >= 4) out.interval = in.pair(body);
    out.scan_at = at;
    at += 2 + length;
    if (marker != kStartOfScan) continue;
    out.data_at = at;
    const bool one_scan = out.components > 0 && in.at(body) == out.components;
    return one_scan ? std::optional(out) : std::nullopt;
  }
  return std::nullopt;
}

void put_pair(std::string& bytes, size_t at, int64_t value) {
  bytes[at] = static_cast<char>(value >> 8);
  bytes[at + 1] = static_cast<char>(value & 0xFF);
}

void end_image(std::string& bytes) {
  bytes += '\xFF';
  bytes += static_cast<char>(kEndOfImage);
  bytes.append(kBytesOfTenBlocks, '\0');
}

}  // namespace sslx::data
