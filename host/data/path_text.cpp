#include "host/data/path_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace sslx::data {
namespace {

uint8_t at(std::string_view bytes, size_t i) {
  return i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0;
}

/// Bytes of the character that the text begins with; 0 when it is none. The least second byte of
/// some first ones keeps longer forms than needed out, the greatest surrogates and what is beyond
/// Unicode (The Unicode Standard, table 3-7).
size_t character(std::string_view text) {
  const uint8_t first = at(text, 0);
  if (first < 0x80) return 1;
  const size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  const uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (size == 0 || at(text, 1) < least || at(text, 1) > most) return 0;
  for (size_t i = 2; i < size; ++i) {
    if (at(text, i) < 0x80 || at(text, i) > 0xBF) return 0;
  }
  return size;
}

/// The value of two hexadecimal digits, or -1.
int hexadecimal(std::string_view digits) {
  int out = digits.size() < 2 ? -1 : 0;
  for (size_t i = 0; i < 2 && out >= 0; ++i) {
    const size_t digit = std::string_view("0123456789abcdef").find(digits[i]);
    out = digit == std::string_view::npos ? -1 : 16 * out + static_cast<int>(digit);
  }
  return out;
}

}  // namespace

std::string as_text(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const size_t size = bytes.starts_with("\\x") ? 0 : character(bytes);
    if (size == 0) {
      out += fmt::format("\\x{:02x}", at(bytes, 0));
    } else {
      out += bytes.substr(0, size);
    }
    bytes.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

std::string bytes_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const int byte = text.starts_with("\\x") ? hexadecimal(text.substr(2)) : -1;
    out += byte >= 0 ? static_cast<char>(byte) : text[0];
    text.remove_prefix(byte >= 0 ? 4 : 1);
  }
  return out;
}

}  // namespace sslx::data
