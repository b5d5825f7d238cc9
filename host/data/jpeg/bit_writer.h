// Bits one after the other, for entropy-coded JPEG data that are put together. Private to
// host/data/jpeg.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "host/data/jpeg/block_starts.h"

namespace sslx::data {

class BitWriter {
 public:
  /// The lowest `count` bits of `value`, at most 32.
  void put(uint64_t value, unsigned count) {
    held_ = held_ << count | (value & ((uint64_t{1} << count) - 1));
    held_bits_ += count;
    while (held_bits_ >= 8) {
      held_bits_ -= 8;
      bytes_ += static_cast<char>(held_ >> held_bits_);
    }
  }

  /// The bits from `begin` to `end` of `data`.
  void copy(const EntropyData& data, size_t begin, size_t end) {
    const size_t to_byte = std::min<size_t>((8 - held_bits_) % 8, end - begin);
    put(data.at(begin) >> (63 - to_byte) >> 1U, static_cast<unsigned>(to_byte));
    begin += to_byte;
    const size_t blocks = (end - begin) / kCopied;
    size_t at = bytes_.size();
    bytes_.resize(at + 7 * blocks + 1);  // Eight bytes are written, the last again by the next.
    for (size_t i = 0; i < blocks; ++i, at += 7, begin += kCopied) {
      const uint64_t bits = __builtin_bswap64(data.at(begin));
      std::memcpy(&bytes_[at], &bits, sizeof bits);
    }
    bytes_.resize(at);
    while (begin < end) {
      const auto count = static_cast<unsigned>(std::min<size_t>(end - begin, 32));
      put(data.at(begin) >> (64 - count), count);
      begin += count;
    }
  }

  /// To a whole byte with ones, and a zero after each byte of 0xFF.
  std::string stuffed() {
    put(0xFF, (8 - held_bits_) % 8);
    std::string out;
    out.reserve(bytes_.size() + bytes_.size() / 32);
    size_t begin = 0;
    for (size_t at = 0; (at = bytes_.find('\xFF', begin)) != std::string::npos; begin = at + 1) {
      out.append(bytes_, begin, at + 1 - begin);
      out += '\0';
    }
    return out.append(bytes_, begin);
  }

 private:
  static constexpr size_t kCopied = 56;

  std::string bytes_;
  uint64_t held_ = 0;
  unsigned held_bits_ = 0;
};

}  // namespace sslx::data
