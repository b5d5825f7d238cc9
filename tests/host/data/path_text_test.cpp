#include "host/data/path_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace {

using sslx::data::as_text;
using sslx::data::bytes_of;

TEST(PathText, LeavesUtf8AsItIs) {
  for (const char* text : {"", "/tmp/a b", "K\xc3\xa4tzchen \xe7\x8c\xab", "\xf0\x9f\x90\xb1",
                           "a\\b", "a\nb\"c", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(as_text(text), text);
    EXPECT_EQ(bytes_of(text), text);
  }
}

TEST(PathText, WritesOtherBytesInHexadecimal) {
  EXPECT_EQ(as_text("ba\xe4"
                    "d"),
            "ba\\xe4d");
  EXPECT_EQ(as_text("a\\x41"), "a\\x5cx41");
  EXPECT_EQ(bytes_of("a\\x5cx41"), "a\\x41");
  EXPECT_EQ(bytes_of("a\\xZZ \\x4"), "a\\xZZ \\x4");
  EXPECT_EQ(as_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // A surrogate.
  EXPECT_EQ(as_text("\xc0\xaf"), "\\xc0\\xaf");           // A slash in two bytes.
  EXPECT_EQ(as_text("\xe7\x8c"), "\\xe7\\x8c");           // Cut.
}

/// Every string comes back, and JSON takes its text.
TEST(PathText, EveryStringComesBack) {
  std::mt19937 random(1);
  const std::string letters = "\\x5cx0aF/\xc3\xa4\xe7\x8c\xab\xff\xed\xa0\xf0\x9f\x90\x80";
  for (int i = 0; i < 20000; ++i) {
    std::string bytes;
    for (size_t n = random() % 12; n > 0; --n) bytes += letters[random() % letters.size()];
    const std::string text = as_text(bytes);
    EXPECT_EQ(bytes_of(text), bytes);
    EXPECT_NO_THROW(nlohmann::json(text).dump());
  }
}

}  // namespace
