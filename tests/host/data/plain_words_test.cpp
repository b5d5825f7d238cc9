// What exceptions of libraries are called in a sentence.
#include "host/data/plain_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>

#include <any>
#include <functional>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace sslx::data {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string words_of(const std::function<void()>& throws) {
  try {
    throws();
  } catch (...) {
    return plain_words();
  }
  return "nothing was thrown";
}

TEST(PlainWordsTest, WhatTheLibraryThrowsIsASentence) {
  const std::vector<int> three(3);
  const std::map<std::string, int> none;
  const std::string text = "abc";
  EXPECT_EQ(words_of([] { throw std::bad_alloc(); }),
            "there was not enough memory (std::bad_alloc)");
  EXPECT_THAT(
      words_of([&] { static_cast<void>(three.at(5)); }),
      StartsWith("an index, a key or a number is outside its range (vector::_M_range_check"));
  EXPECT_EQ(words_of([&] { static_cast<void>(none.at("a")); }),
            "an index, a key or a number is outside its range (map::at)");
  EXPECT_EQ(words_of([&] { static_cast<void>(std::stoi(text)); }),
            "a text is no number, or an argument is not allowed (stoi)");
  EXPECT_THAT(words_of([] { std::vector<int>().reserve(size_t(-1)); }),
              StartsWith("a container was to become longer than it can be ("));
  EXPECT_THAT(words_of([&] { static_cast<void>(text.substr(9)); }), Not(HasSubstr("basic_string")));
  EXPECT_THAT(words_of([] { static_cast<void>(std::optional<int>().value()); }),
              StartsWith("a value was read that is not there"));
  EXPECT_THAT(words_of([] { static_cast<void>(std::any_cast<int>(std::any(1.0))); }),
              StartsWith("a value was read that is not there"));
  EXPECT_THAT(words_of([] { std::function<void()>()(); }),
              StartsWith("a function was called that was never set"));
  EXPECT_EQ(words_of([] { throw 7; }), "an exception of a type that is no std::exception");
}

TEST(PlainWordsTest, JsonLeavesItsIdentifierOut) {
  EXPECT_EQ(words_of([] { static_cast<void>(nlohmann::json::object().at("a")); }),
            "JSON is not as expected: key 'a' not found");
}

TEST(PlainWordsTest, WhatHasASentenceOfItsOwnKeepsIt) {
  EXPECT_EQ(words_of([] { throw std::out_of_range("the crop is larger than the image"); }),
            "the crop is larger than the image");
  EXPECT_EQ(words_of([] { throw std::runtime_error("the loss gave up\nat once"); }),
            "the loss gave up");
  EXPECT_EQ(words_of([] { throw input_error("it is bad"); }), "it is bad");
}

}  // namespace
}  // namespace sslx::data
