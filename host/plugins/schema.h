// The parameter schema of a plugin as it lies in its file, checked value by value. Throws
// Error(kPlugin) with a reason that does not name the file.
#pragma once

#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sslx {

/// The section as `count` specifications of `size` bytes each, every one of them sound: names
/// unique, texts ended, defaults within their ranges.
std::vector<ParameterSpec> read_schema(std::string_view section, uint32_t count, uint32_t size);

/// Lower case, digits and '_', a letter first.
bool is_identifier(std::string_view text);

/// Throws unless `text` is ended by a zero and is UTF-8 without control characters.
void check_text(std::string_view field, const char* text, size_t size);

template <size_t N>
void check_text(std::string_view field, const std::array<char, N>& text) {
  check_text(field, text.data(), N);
}

/// The words in a section of text, which spaces keep apart and a zero ends; `field` is what it is
/// called in a refusal.
std::vector<std::string> read_words(std::string_view field, std::string_view section);

/// A parameter's default as a sweep file has it, and its range: "0 to 1", "above 0", "none,
/// linear", or "" where there is none.
std::string default_text(const ParameterSpec& spec);
std::string range_text(const ParameterSpec& spec);

}  // namespace sslx
