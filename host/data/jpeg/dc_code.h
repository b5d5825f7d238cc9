// The Huffman code of a JPEG file for the differences between blocks' mean values, with a code for
// every size of difference: a part that is cut out may need one that the whole did not. Private to
// host/data/jpeg.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include <jpeglib.h>

#include "host/data/jpeg/bit_writer.h"

namespace sslx::data {

class DcCode {
 public:
  /// Codes that are there stay; nothing where there is no room for the others.
  static std::optional<DcCode> of(const JHUFF_TBL& codes);

  /// The segment of a header that says that table `number` is this code.
  std::string segment(int number) const;
  /// False when the difference is larger than any that 8-bit images have.
  bool put(int64_t difference, BitWriter& to) const;

 private:
  static constexpr unsigned kSizes = 12;  // Of differences, in bits: 0 to 11.
  struct Code {
    uint32_t bits = 0;
    unsigned length = 0;
  };
  std::array<uint8_t, 17> counts_{};  ///< Codes of each length.
  std::string sizes_;                 ///< In the order of their codes.
  std::array<Code, kSizes> codes_{};
};

}  // namespace sslx::data
