#include "host/record/compress.h"

#include <gmock/gmock.h>

#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::HasSubstr;

TEST(Compress, TextComesBack) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919 % 1000) + '\n';
  for (const std::string& one : {text, std::string("x"), std::string()}) {
    EXPECT_EQ(expanded(compressed(one), one.size()), one);
  }
  EXPECT_LT(compressed(text).size(), text.size() / 2);
}

TEST(Compress, NoMoreComesOutThanIsTaken) {
  const std::string bomb = compressed(std::string(5'000'000, 'a'));
  EXPECT_THAT(error_of([&] { expanded(bomb, 4'999'999); }), HasSubstr("more than 4999999 bytes"));
}

TEST(Compress, DamageIsSaid) {
  const std::string whole = compressed("something that is long enough to be cut somewhere");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(error_of([&] { expanded(whole.substr(0, size), 100); }), HasSubstr("damaged"));
  }
  std::string flipped = whole;
  flipped[whole.size() / 2] ^= 1;
  EXPECT_THAT(error_of([&] { expanded(flipped, 100); }), HasSubstr("damaged"));
}

}  // namespace
}  // namespace sslx::record::test
