#include "host/record/journal_lines.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <stdexcept>

#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(NumberOf, KnowsWhatJsonDoesNot) {
  EXPECT_EQ(number_of(1.5), 1.5);
  EXPECT_TRUE(std::isnan(number_of("nan")));
  EXPECT_EQ(number_of("-inf"), -HUGE_VAL);
  EXPECT_THROW(number_of("many"), std::invalid_argument);
}

TEST(DecodeBase64, OfEveryLength) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("YQ=="), "a");
  EXPECT_EQ(decode_base64("YWI="), "ab");
  EXPECT_EQ(decode_base64("YWJj"), "abc");
  EXPECT_THROW(decode_base64("YWJ"), std::invalid_argument);
  EXPECT_THROW(decode_base64("Y?Jj"), std::invalid_argument);
}

class JournalLinesTest : public RecordTest {
 protected:
  std::string error_for(const std::string& line) const {
    const auto file = folder_ / "journal.jsonl";
    write_file(file, R"({"event":"plan","line":0,"time":"t"})"
                     "\n" +
                         line + "\n");
    const JournalPart part = read_journal(file, {});
    EXPECT_EQ(part.events.size(), 1U);
    EXPECT_EQ(part.end.line, 1);
    EXPECT_THAT(part.error, HasSubstr("line 2 of " + file.string() + " is corrupt: "));
    return part.error;
  }
};

TEST_F(JournalLinesTest, EveryKindOfDamageIsNamed) {
  EXPECT_THAT(error_for("{\"event\":"), HasSubstr("parse error"));
  error_for("");
  error_for("[1]");
  error_for(R"({"line":1,"time":"t"})");
  error_for(R"({"event":"metric","line":1,"time":"t","step":1,"epoch":1,"values":{"a":"b"}})");
  error_for(R"({"event":"result","line":1,"time":"t","metric":"m","value":1,"fingerprint":"f"})");
  const auto losses = [](const char* bytes) {
    return fmt::format(
        R"({{"event":"losses","line":1,"time":"t","stage":"s","first":1,"losses":"{}"}})", bytes);
  };
  EXPECT_THAT(error_for(losses("YWJ")), HasSubstr("its bytes are not base64"));
  EXPECT_THAT(error_for(losses("YWJj")), HasSubstr("its losses are not float32"));
  EXPECT_THAT(error_for(R"({"event":"plan","line":7,"time":"t"})"), HasSubstr("its number is 7"));
}

TEST_F(JournalLinesTest, ATornLastLineWaits) {
  const auto file = folder_ / "journal.jsonl";
  write_file(file, R"({"event":"plan","line":0,"time":"t"})");
  const JournalPart part = read_journal(file, {});
  EXPECT_TRUE(part.events.empty());
  EXPECT_TRUE(part.torn);
  EXPECT_EQ(part.error, "");
  EXPECT_EQ(part.end.byte, 0);
}

TEST_F(JournalLinesTest, WhatCannotBeReadIsNotCalledCorrupt) {
  const auto file = folder_ / "journal.jsonl";
  fs::create_directory(file);
  EXPECT_EQ(error_of([&] { read_journal(file, {}); }), file.string() + " is no regular file");
}

TEST_F(JournalLinesTest, AShrunkenJournalIsDamage) {
  const auto file = folder_ / "journal.jsonl";
  write_file(file, "{}\n");
  EXPECT_THAT(read_journal(file, {5, 100}).error, HasSubstr("has 3 bytes; 100 were taken over"));
}

}  // namespace
}  // namespace sslx::record::test
