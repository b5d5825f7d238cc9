#include "host/data/jpeg/huffman_steps.h"

#include <algorithm>
#include <span>

namespace sslx::data {
namespace {

constexpr unsigned kRunOfZeros = 0xF0;

bool same(const JHUFF_TBL& a, const JHUFF_TBL& b) {
  if (!std::equal(a.bits + 1, a.bits + 17, b.bits + 1)) return false;
  int count = 0;
  for (unsigned length = 1; length <= kLongestCode; ++length) count += a.bits[length];
  return std::equal(a.huffval, a.huffval + std::min(count, 256), b.huffval);
}

/// The codes of the standard's Annex K, for brightness and for colour.
struct Usual {
  Usual(const jpeg_compress_struct& info, int which, bool first)
      : codes(first ? *info.dc_huff_tbl_ptrs[which] : *info.ac_huff_tbl_ptrs[which]),
        steps(std::make_shared<const HuffmanSteps>(codes, first)) {}
  JHUFF_TBL codes;
  std::shared_ptr<const HuffmanSteps> steps;
};

std::array<Usual, 4> usual_ones() {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  info.in_color_space = JCS_RGB;
  info.input_components = 3;
  jpeg_set_defaults(&info);
  std::array<Usual, 4> out{Usual(info, 0, true), Usual(info, 1, true), Usual(info, 0, false),
                           Usual(info, 1, false)};
  jpeg_destroy_compress(&info);
  return out;
}

}  // namespace

HuffmanSteps::HuffmanSteps(const JHUFF_TBL& codes, bool first) : first_(first) {
  list_codes(codes);
  for (uint64_t i = 0; sound_ && i < steps_.size(); ++i) {
    steps_[i] = joined(i << (64 - kIndexBits));
  }
}

/// Codes of one length are consecutive numbers, and follow those of the length before (T.81, C.2).
void HuffmanSteps::list_codes(const JHUFF_TBL& codes) {
  uint32_t code = 0;
  int32_t count = 0;
  for (unsigned length = 1; length <= kLongestCode; ++length) {
    const int32_t here = codes.bits[length];
    if (count + here > 256) return;
    symbols_at_[length] = count - static_cast<int32_t>(code);
    for (int32_t i = count; i < count + here; ++i, ++code) {
      symbols_[static_cast<size_t>(i)] = codes.huffval[i];
      if (first_ && codes.huffval[i] > 15) return;
      if (length > kIndexBits || code >= 1U << length) continue;
      const auto at = static_cast<std::ptrdiff_t>(code) << (kIndexBits - length);
      std::fill_n(codes_.begin() + at, 1U << (kIndexBits - length),
                  Code{static_cast<uint8_t>(length), codes.huffval[i]});
    }
    // No code is all ones.
    if (here > 0 && code >= 1U << length) return;
    count += here;
    limits_[length] = code << (kLongestCode - length);
    code <<= 1;
  }
  sound_ = count > 0;
}

HuffmanSteps::Code HuffmanSteps::code(uint64_t bits) const {
  const Code known = codes_[bits >> (64 - kIndexBits)];
  if (known.length > 0) return known;
  const auto next = static_cast<uint32_t>(bits >> (64 - kLongestCode));
  for (unsigned length = kIndexBits + 1; length <= kLongestCode; ++length) {
    if (next >= limits_[length]) continue;
    const auto number = static_cast<int32_t>(next >> (kLongestCode - length));
    const int32_t at = symbols_at_[length] + number;
    return {static_cast<uint8_t>(length), symbols_[static_cast<size_t>(at & 255)]};
  }
  return {};
}

/// A block's first coefficient is one place. For the others the high half of a symbol counts zeros
/// before the coefficient, the low half its bits; none of them but after 15 zeros ends the block.
Step HuffmanSteps::of(Code code) const {
  if (code.length == 0) return {0, 0, 0};
  if (first_) return {code.length + unsigned{code.symbol}, 1, 0};
  const unsigned size = code.symbol & 15U;
  const unsigned places =
      size > 0 || code.symbol == kRunOfZeros ? (code.symbol >> 4U) + 1U : kBlock;
  return {code.length + size, places, 0};
}

Step HuffmanSteps::one(uint64_t bits) const { return of(code(bits)); }

Step HuffmanSteps::joined(uint64_t bits) const {
  Code next = codes_[bits >> (64 - kIndexBits)];
  if (next.length == 0) return {};  // Too long for the table.
  Step out = of(next);
  while (!first_ && out.places() + kLongestCode < kBlock && out.bits() < kIndexBits) {
    const uint64_t rest = bits << out.bits();
    next = codes_[rest >> (64 - kIndexBits)];
    const Step after = of(next);
    if (next.length == 0 || out.bits() + after.bits() > kIndexBits) break;
    out = Step(static_cast<unsigned>(out.bits() + after.bits()),
               static_cast<unsigned>(out.places() + after.places()),
               static_cast<unsigned>(out.places()));
  }
  return out;
}

std::shared_ptr<const HuffmanSteps> usual_steps(const JHUFF_TBL& codes, bool first) {
  static const std::array<Usual, 4> kUsual = usual_ones();
  for (const Usual& usual : std::span(kUsual).subspan(first ? 0 : 2, 2)) {
    if (same(usual.codes, codes)) return usual.steps;
  }
  return nullptr;
}

std::shared_ptr<const HuffmanSteps> huffman_steps(const JHUFF_TBL& codes, bool first) {
  const std::shared_ptr<const HuffmanSteps> usual = usual_steps(codes, first);
  return usual ? usual : std::make_shared<const HuffmanSteps>(codes, first);
}

}  // namespace sslx::data
