// Where the blocks of entropy-coded JPEG data begin, without decoding them. Private to
// host/data/jpeg.
//
// Each step over the data waits for the one before: a core is idle most of the time. So several
// chains of steps go in turn, each from its own place, all but the first one from a guess (that a
// unit begins there). Huffman codes fall into step by themselves: some hundred bytes on, such a
// chain is at the beginning of a block at the same bit, and in the same place of a unit, as the
// chain that started right, and from there the two are one. What is returned is only what the
// first chain's steps lead to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/data/jpeg/huffman_steps.h"

namespace sslx::data {

/// The 64 bits that begin at a byte.
SSLX_INLINE uint64_t load_bits(const char* from) {
  uint64_t out;
  __builtin_memcpy(&out, from, sizeof out);
  return __builtin_bswap64(out);
}

/// One block of a unit (an MCU).
struct BlockKind {
  size_t component;
  std::shared_ptr<const HuffmanSteps> first;   ///< Of its first coefficient,
  std::shared_ptr<const HuffmanSteps> others;  ///< and the other 63.
};

/// Entropy-coded data up to the first marker, without the zeros that are stuffed in after bytes of
/// 0xFF. Reading some way beyond the end is safe.
class EntropyData {
 public:
  explicit EntropyData(std::string_view stuffed);
  size_t bits() const { return bits_; }
  const char* bytes() const { return bytes_.data(); }
  /// 57 bits or more from `bit` on, the first one the highest; `bit` is at most kBeyond past
  /// bits().
  uint64_t at(size_t bit) const { return load_bits(bytes_.data() + (bit >> 3U)) << (bit & 7U); }
  /// Where this bit is when the zeros are there, and the other way round.
  size_t stuffed(size_t bit) const;
  size_t unstuffed(size_t bit) const;
  static constexpr size_t kBeyond = 8192;

 private:
  std::string bytes_;
  size_t bits_;
  std::vector<size_t> zeros_;        ///< Where the zeros were that were taken out,
  std::vector<size_t> after_zeros_;  ///< and the bytes that came after them, as they are now.
};

/// Where the first `count` blocks begin, and where the last of them ends; `kinds` are the blocks of
/// a unit. Empty where the data are damaged or too short.
std::vector<uint32_t> block_starts(const EntropyData& data, const std::vector<BlockKind>& kinds,
                                   size_t count, size_t bits_expected);

/// So many blocks from a bit where a unit is known to begin.
struct KnownUnit {
  size_t bit;
  size_t blocks;
};

/// The same of each of several stretches of blocks; none where one is damaged or too short. They
/// are independent, so that no chain has to guess.
std::vector<std::vector<uint32_t>> block_starts(const EntropyData& data,
                                                const std::vector<BlockKind>& kinds,
                                                const std::vector<KnownUnit>& units);

}  // namespace sslx::data
