// The exceptions of the standard library and of nlohmann-json as sentences: what they say of
// themselves ("stoi", "vector::_M_range_check", "std::bad_alloc") tells a user nothing.
#pragma once

#include <string>

namespace sslx::data {

/// Of the exception in flight, in one line; an sslx::Error and whatever has a sentence of its own
/// keep it. Its own words are behind the sentence, in brackets.
std::string plain_words();

}  // namespace sslx::data
