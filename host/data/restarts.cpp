#include "host/data/restarts.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "host/data/jpeg_errors.h"

namespace sslx::data {
namespace {

constexpr uint8_t kEndOfImage = 0xD9;
constexpr uint8_t kStartOfScan = 0xDA;
constexpr uint8_t kRestartInterval = 0xDD;
constexpr uint8_t kFirstRestart = 0xD0;

/// What of a file's headers a window needs.
struct Frame {
  size_t size_at = 0;  ///< Where the image's height and width are, two bytes each.
  size_t data_at = 0;  ///< Where the entropy-coded data begin.
  int64_t height = 0;
  int64_t width = 0;
  int64_t components = 0;
  int64_t unit_height = 0;  ///< Pixels of the smallest unit that is coded, an MCU.
  int64_t unit_width = 0;
  int64_t interval = 0;  ///< MCUs between two restarts.

  int64_t units_across() const { return (width + unit_width - 1) / unit_width; }
  int64_t units_down() const { return (height + unit_height - 1) / unit_height; }
};

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
bool read_frame(const Bytes& in, size_t body, size_t length, Frame& out) {
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

/// Only sequential files of one scan with Huffman codes and whole intervals a row.
std::optional<Frame> frame_of(std::string_view bytes) {
  const Bytes in(bytes);
  Frame out;
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
    at += 2 + length;
    if (marker != kStartOfScan) continue;
    out.data_at = at;
    const bool one_scan = out.components > 0 && in.at(body) == out.components;
    const bool whole = one_scan && out.interval > 0 && out.units_across() % out.interval == 0;
    return whole ? std::optional(out) : std::nullopt;
  }
  return std::nullopt;
}

/// The stretches of entropy-coded data between two restarts, up to `most` of them.
std::vector<std::string_view> intervals_of(std::string_view data, size_t most) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  size_t at = 0;
  while (out.size() < most) {
    const void* found = std::memchr(data.data() + at, 0xFF, data.size() - at);
    if (found == nullptr) break;
    at = static_cast<size_t>(static_cast<const char*>(found) - data.data());
    if (at + 1 >= data.size()) break;
    const auto marker = static_cast<uint8_t>(data[at + 1]);
    if (marker == 0) {  // A stuffed byte of data.
      at += 2;
    } else if (marker == 0xFF) {  // Padding before a marker.
      at += 1;
    } else {
      out.push_back(data.substr(begin, at - begin));
      if ((marker & 0xF8) != kFirstRestart) break;
      at += 2;
      begin = at;
    }
  }
  return out;
}

void put_pair(std::string& bytes, size_t at, int64_t value) {
  bytes[at] = static_cast<char>(value >> 8);
  bytes[at + 1] = static_cast<char>(value & 0xFF);
}

/// Intervals `first` to `last` (not included) that one axis of a region touches.
struct Span {
  Span(int64_t begin, int64_t length, int64_t unit)
      : first(begin / unit), last((begin + length + unit - 1) / unit) {}
  int64_t first;
  int64_t last;
};

/// The divisor of `units` nearest to 4: a restart costs some bytes, and finer ones save little.
int interval_for(int64_t units) {
  int64_t best = units;
  for (int64_t k = 2; k <= units; ++k) {
    if (units % k == 0 && std::abs(k - 4) < std::abs(best - 4)) best = k;
  }
  return static_cast<int>(best);
}

/// What is written goes to a string that outlives any error: libjpeg's own destination in memory
/// would leave a dangling pointer when it fails half-way.
struct Destination {
  jpeg_destination_mgr base;
  std::array<JOCTET, 1 << 16> block;
  std::string bytes;
};

Destination& destination_of(j_compress_ptr info) {
  return *reinterpret_cast<Destination*>(info->dest);
}

void begin_block(j_compress_ptr info) {
  Destination& to = destination_of(info);
  to.base.next_output_byte = to.block.data();
  to.base.free_in_buffer = to.block.size();
}

boolean keep_block(j_compress_ptr info) {
  Destination& to = destination_of(info);
  to.bytes.append(reinterpret_cast<const char*>(to.block.data()), to.block.size());
  begin_block(info);
  return TRUE;
}

void keep_rest(j_compress_ptr info) {
  Destination& to = destination_of(info);
  to.bytes.append(reinterpret_cast<const char*>(to.block.data()),
                  to.block.size() - to.base.free_in_buffer);
}

/// Reads coefficients and writes them again.
struct Transcoder {
  Transcoder() {
    in.err = out.err = jpeg_errors(errors, progress);
    to.base.init_destination = begin_block;
    to.base.empty_output_buffer = keep_block;
    to.base.term_destination = keep_rest;
  }
  Transcoder(const Transcoder&) = delete;
  Transcoder& operator=(const Transcoder&) = delete;
  ~Transcoder() {
    jpeg_destroy_decompress(&in);
    jpeg_destroy_compress(&out);
  }

  bool run(std::string_view bytes) {
    if (setjmp(errors.back) != 0) return false;  // NOLINT: the library's own way
    jpeg_create_decompress(&in);
    jpeg_create_compress(&out);
    in.progress = &progress;
    out.dest = &to.base;
    jpeg_save_markers(&in, JPEG_APP0 + 1, 0xFFFF);
    jpeg_mem_src(&in, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&in, TRUE);
    jvirt_barray_ptr* coefficients = jpeg_read_coefficients(&in);
    jpeg_copy_critical_parameters(&in, &out);
    // Whether inks are stored inverted is known by this marker alone.
    out.write_Adobe_marker = in.saw_Adobe_marker;
    const int across = in.num_components == 1 ? 1 : in.max_h_samp_factor;
    out.restart_interval = static_cast<unsigned>(
        interval_for((int64_t{in.image_width} + 8 * across - 1) / (8 * across)));
    out.optimize_coding = TRUE;
    jpeg_write_coefficients(&out, coefficients);
    for (jpeg_saved_marker_ptr marker = in.marker_list; marker != nullptr; marker = marker->next) {
      jpeg_write_marker(&out, marker->marker, marker->data, marker->data_length);
    }
    jpeg_finish_compress(&out);
    jpeg_finish_decompress(&in);
    return true;
  }

  jpeg_decompress_struct in{};
  jpeg_compress_struct out{};
  jpeg_progress_mgr progress{};
  JpegErrors errors{};
  Destination to{};
};

}  // namespace

std::optional<JpegWindow> cut_window(std::string_view bytes, const Region& region) {
  const std::optional<Frame> frame = frame_of(bytes);
  if (!frame || region.top + region.height > frame->height ||
      region.left + region.width > frame->width) {
    return std::nullopt;
  }
  const int64_t wide = frame->interval * frame->unit_width;
  const int64_t a_row = frame->units_across() / frame->interval;
  const Span rows(region.top, region.height, frame->unit_height);
  const Span columns(region.left, region.width, wide);
  const std::vector<std::string_view> intervals =
      intervals_of(bytes.substr(frame->data_at), static_cast<size_t>(rows.last * a_row));
  if (static_cast<int64_t>(intervals.size()) != rows.last * a_row) return std::nullopt;
  JpegWindow out{{}, rows.first * frame->unit_height, columns.first * wide};
  out.bytes.reserve(bytes.size());
  out.bytes = bytes.substr(0, frame->data_at);
  put_pair(out.bytes, frame->size_at,
           std::min(rows.last * frame->unit_height, frame->height) - out.top);
  put_pair(out.bytes, frame->size_at + 2, std::min(columns.last * wide, frame->width) - out.left);
  int restart = 0;
  for (int64_t row = rows.first; row < rows.last; ++row) {
    for (int64_t column = columns.first; column < columns.last; ++column) {
      if (row != rows.first || column != columns.first) {
        out.bytes += '\xFF';
        out.bytes += static_cast<char>(kFirstRestart + restart++ % 8);
      }
      out.bytes += intervals[static_cast<size_t>(row * a_row + column)];
    }
  }
  out.bytes += '\xFF';
  out.bytes += static_cast<char>(kEndOfImage);
  return out;
}

std::string with_restarts(std::string_view bytes, std::string& error) {
  Transcoder transcoder;
  if (!transcoder.run(bytes)) {
    error = transcoder.errors.message;
    return {};
  }
  return std::move(transcoder.to.bytes);
}

}  // namespace sslx::data
