// A Huffman code of a JPEG file as a table of steps: what the next bits of the entropy-coded data
// pass over, without looking at the values. Private to host/data/jpeg.
#pragma once

#include <sslx/detail/multiversion.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>

#include <jpeglib.h>

namespace sslx::data {

constexpr unsigned kLongestCode = 16;  ///< Bits of a Huffman code.

/// Bits to read over, places of a block to go on by, and the places before the last code of
/// several: kBlock or more and the step is not to be taken there, as a later block begins in it.
class Step {
 public:
  constexpr Step() = default;
  constexpr Step(unsigned bits, unsigned places, unsigned before)
      : packed_(bits | places << 8 | before << 16) {}
  constexpr uint64_t bits() const { return packed_ & 0xFF; }
  constexpr uint64_t places() const { return packed_ >> 8 & 0xFF; }
  constexpr uint64_t before() const { return packed_ >> 16; }

 private:
  uint32_t packed_ = 64U << 16;
};

class HuffmanSteps {
 public:
  static constexpr unsigned kBlock = 64;
  static constexpr unsigned kIndexBits = 12;

  /// Of the codes for the first coefficient of a block, or for the others.
  HuffmanSteps(const JHUFF_TBL& codes, bool first);

  /// Whether it is a code at all, one that libjpeg takes.
  bool sound() const { return sound_; }
  /// As many codes as fit into kIndexBits; `bits` are the next ones, from the highest down.
  SSLX_INLINE Step step(uint64_t bits) const { return steps_[bits >> (64 - kIndexBits)]; }
  /// One code and what follows it; no bits when no code begins so.
  Step one(uint64_t bits) const;

  /// The difference that `bits` begin with, which says how many of them it took.
  SSLX_INLINE int32_t difference(uint64_t bits, uint64_t& took) const {
    Code found = codes_[bits >> (64 - kIndexBits)];
    if (found.length == 0) [[unlikely]] {
      found = code(bits);
    }
    took = found.length + uint64_t{found.symbol};
    const uint64_t rest = bits << found.length;
    const auto value = static_cast<int32_t>(rest >> 1U >> (63U - found.symbol));
    return rest >> 63U != 0 ? value : value - (1 << found.symbol) + 1;
  }

 private:
  struct Code {
    uint8_t length = 0;
    uint8_t symbol = 0;
  };
  Code code(uint64_t bits) const;
  Step of(Code code) const;
  Step joined(uint64_t bits) const;
  void list_codes(const JHUFF_TBL& codes);

  bool first_;
  bool sound_ = false;
  std::array<uint32_t, 17> limits_{};     ///< Of each length, the first 16 bits beyond its codes.
  std::array<int32_t, 17> symbols_at_{};  ///< Where a length's symbols are, less its first code.
  std::array<uint8_t, 256> symbols_{};
  std::array<Code, 1U << kIndexBits> codes_{};
  std::array<Step, 1U << kIndexBits> steps_{};
};

/// Steps of the codes that libjpeg writes unless told otherwise, made only once; null for others.
std::shared_ptr<const HuffmanSteps> usual_steps(const JHUFF_TBL& codes, bool first);
/// Steps of any codes.
std::shared_ptr<const HuffmanSteps> huffman_steps(const JHUFF_TBL& codes, bool first);

}  // namespace sslx::data
