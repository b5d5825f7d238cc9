#include "cli/tensorboard.h"

#include <gtest/gtest.h>

#include <cstring>

namespace sslx::cli {
namespace {

template <typename Number>
Number number_at(const std::string& bytes, size_t at) {
  Number out{};
  std::memcpy(&out, bytes.data() + at, sizeof out);
  return out;
}

/// Bit by bit (RFC 3720, section 12.1), to check another implementation.
uint32_t crc32c(const std::string& bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
  }
  return crc ^ 0xFFFFFFFF;
}

uint32_t masked(const std::string& bytes) {
  const uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

/// The records' contents, after their sums were checked.
std::vector<std::string> records(const std::string& file) {
  std::vector<std::string> out;
  for (size_t at = 0; at < file.size();) {
    const auto length = number_at<uint64_t>(file, at);
    EXPECT_EQ(number_at<uint32_t>(file, at + 8), masked(file.substr(at, 8)));
    out.push_back(file.substr(at + 12, length));
    EXPECT_EQ(number_at<uint32_t>(file, at + 12 + length), masked(out.back()));
    at += 16 + length;
  }
  return out;
}

TEST(Tensorboard, EventsAreFramedAndSummed) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);  // the known check value
  const std::string file = tensorboard_events(
      {{"loss",
        {{.step = 300, .epoch = 1, .value = 2.5}, {.step = 600, .epoch = 2, .value = 1.25}}}},
      1.5e9);
  const std::vector<std::string> found = records(file);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].substr(9), std::string("\x1a\x0d") + "brain.Event:2");
  const std::string& event = found[1];
  EXPECT_EQ(event[0], '\x09');
  EXPECT_EQ(number_at<double>(event, 1), 1.5e9);
  EXPECT_EQ(event.substr(9, 3), "\x10\xac\x02");       // step 300
  EXPECT_EQ(event.substr(12, 4), "\x2a\x0d\x0a\x0b");  // summary of one value
  EXPECT_EQ(event.substr(16, 7), std::string("\x0a\x04loss\x15"));
  EXPECT_EQ(number_at<float>(event, 23), 2.5F);
}

}  // namespace
}  // namespace sslx::cli
