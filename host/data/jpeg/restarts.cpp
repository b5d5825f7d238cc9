#include "host/data/jpeg/restarts.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "host/data/jpeg/errors.h"
#include "host/data/jpeg/frame.h"
#include "host/data/jpeg/jpeg.h"

namespace sslx::data {
namespace {

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
  const std::optional<JpegFrame> frame = jpeg_frame(bytes);
  if (!frame || frame->interval == 0 || frame->units_across() % frame->interval != 0 ||
      region.top + region.height > frame->height || region.left + region.width > frame->width) {
    return std::nullopt;
  }
  const int64_t wide = frame->interval * frame->unit_width;
  const int64_t a_row = frame->units_across() / frame->interval;
  const UnitSpan rows(region.top, region.height, frame->unit_height);
  const UnitSpan columns(region.left, region.width, wide);
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
  end_image(out.bytes);
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
