// Text as zlib's bytes, as the record keeps what is long and seldom read. Bytes that are none, or
// more than the reader takes, are an Error(kSystem).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sslx::record {

std::string compressed(std::string_view text);

/// At most so many bytes come out of it.
std::string expanded(std::string_view zlib, size_t at_most);

}  // namespace sslx::record
