#include "cli/tensorboard.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <boost/crc.hpp>
#include <cstring>

#include "host/record/whole_file.h"

namespace sslx::cli {
namespace {

static_assert(std::endian::native == std::endian::little, "event files are little-endian");

template <typename Number>
std::string bytes_of(Number number) {
  std::string out(sizeof number, '\0');
  std::memcpy(out.data(), &number, sizeof number);
  return out;
}

std::string varint(uint64_t number) {
  std::string out;
  for (; number >= 0x80; number >>= 7) out += static_cast<char>((number & 0x7f) | 0x80);
  return out + static_cast<char>(number);
}

/// Protocol buffers' fields, by their numbers.
std::string text_field(int number, const std::string& text) {
  return varint(static_cast<uint64_t>(number) << 3 | 2) + varint(text.size()) + text;
}
std::string double_field(int number, double value) {
  return varint(static_cast<uint64_t>(number) << 3 | 1) + bytes_of(value);
}
std::string float_field(int number, float value) {
  return varint(static_cast<uint64_t>(number) << 3 | 5) + bytes_of(value);
}
std::string integer_field(int number, int64_t value) {
  return varint(static_cast<uint64_t>(number) << 3) + varint(static_cast<uint64_t>(value));
}

/// CRC-32C, turned and moved as TFRecords have it.
uint32_t masked_crc(const std::string& bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return std::rotr(crc.checksum(), 15) + 0xa282ead8U;
}

std::string framed(const std::string& event) {
  const std::string length = bytes_of<uint64_t>(event.size());
  return length + bytes_of(masked_crc(length)) + event + bytes_of(masked_crc(event));
}

/// tensorflow.Event: wall_time = 1, step = 2, file_version = 3, summary = 5 of value = 1 of tag = 1
/// and simple_value = 2.
std::string scalar(double seconds, int64_t step, const std::string& name, double value) {
  const std::string entry = text_field(1, name) + float_field(2, static_cast<float>(value));
  return double_field(1, seconds) + integer_field(2, step) + text_field(5, text_field(1, entry));
}

/// "2026-12-01T04:00:00.123Z" in seconds since 1970; 0 for what is none.
double seconds_of(const std::string& time) {
  tm found{};
  if (strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &found) == nullptr) return 0;
  return static_cast<double>(timegm(&found));
}

/// What a folder may be called everywhere.
std::string plain_name(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 32 || std::strchr("/\\:*?\"<>|", c) != nullptr; },
      '_');
  return text.substr(0, 120);
}

}  // namespace

std::string tensorboard_events(const record::Curves& curves, double seconds) {
  std::string out = framed(double_field(1, seconds) + text_field(3, "brain.Event:2"));
  for (const auto& [name, points] : curves) {
    for (const record::CurvePoint& point : points) {
      out += framed(scalar(seconds, point.step, name, point.value));
    }
  }
  return out;
}

size_t write_tensorboard(record::Database& database, const std::vector<record::RunSummary>& runs,
                         const std::filesystem::path& folder) {
  size_t out = 0;
  for (const record::RunSummary& run : runs) {
    record::Curves curves = record::curves_of(database, run.id);
    if (curves.empty()) continue;
    int64_t last = 0;
    for (const auto& [name, points] : curves) last = std::max(last, points.back().step);
    for (const record::ResultEntry& result : record::run_details(database, run.id).results) {
      curves["result/" + result.metric] = {{last, 0, result.value}};
    }
    const double seconds = seconds_of(run.started);
    const std::filesystem::path place =
        folder / fmt::format("{} {}", plain_name(run.variant), run.id);
    std::filesystem::create_directories(place);
    record::write_whole(place / fmt::format("events.out.tfevents.{:.0f}.sslx", seconds),
                        tensorboard_events(curves, seconds));
    ++out;
  }
  return out;
}

}  // namespace sslx::cli
