#include "host/data/jpeg/dc_code.h"

#include <bit>

namespace sslx::data {

namespace {

constexpr size_t kMostCodes = 255;

}  // namespace

std::optional<DcCode> DcCode::of(const JHUFF_TBL& codes) {
  DcCode out;
  uint32_t code = 0;
  for (unsigned length = 1; length <= kLongestCode; ++length, code <<= 1U) {
    out.counts_[length] = codes.bits[length];
    for (int i = 0; i < codes.bits[length]; ++i, ++code) {
      const uint8_t size = codes.huffval[out.sizes_.size()];
      if (size < kSizes) out.codes_[size] = {code, length};
      out.sizes_ += static_cast<char>(size);
    }
  }
  code >>= 1U;
  for (unsigned size = 0; size < kSizes; ++size) {
    if (out.codes_[size].length > 0) continue;
    out.codes_[size] = {code++, kLongestCode};
    out.sizes_ += static_cast<char>(size);
    ++out.counts_[kLongestCode];
  }
  // No code is all ones, and a table has 256 at most.
  if (code >= 1U << kLongestCode || out.sizes_.size() > kMostCodes) return std::nullopt;
  return out;
}

std::string DcCode::segment(int number) const {
  const size_t length = 2 + 1 + kLongestCode + sizes_.size();
  std::string out{'\xFF', '\xC4', static_cast<char>(length >> 8U), static_cast<char>(length),
                  static_cast<char>(number)};
  out.append(counts_.begin() + 1, counts_.end());
  return out + sizes_;
}

bool DcCode::put(int64_t difference, BitWriter& to) const {
  const auto size = static_cast<unsigned>(
      std::bit_width(static_cast<uint64_t>(difference < 0 ? -difference : difference)));
  if (size >= kSizes) return false;
  to.put(codes_[size].bits, codes_[size].length);
  to.put(static_cast<uint64_t>(difference < 0 ? difference - 1 : difference), size);
  return true;
}

}  // namespace sslx::data
