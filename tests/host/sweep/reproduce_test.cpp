#include "host/sweep/reproduce.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <set>

#include "host/record/connection.h"
#include "tests/host/sweep/reproduce_fixture.h"

namespace sslx::sweep {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST_F(ReproduceTest, TheSameBitsAreSaidToBe) {
  record();
  const auto verdict = again();
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->verdict, "same bits") << verdict->message;
  EXPECT_EQ(verdict->details.at("execution").at("threads"), 1);
  EXPECT_FALSE(fs::exists(folder_ / "reproduced"));
  EXPECT_EQ(record::test::count(database_, "SELECT count(*) FROM run"), 1);
}

TEST_F(ReproduceTest, TheSecondRunMayStay) {
  record();
  ReproduceOptions options;
  options.keep = folder_ / "kept";
  const auto verdict = again(options);
  EXPECT_TRUE(fs::exists(folder_ / "kept" / verdict->id / "journal.jsonl"));
}

TEST_F(ReproduceTest, AnotherResultIsDifferent) {
  record();
  database_.write([](record::Connection& handle) { handle.exec("UPDATE result SET value = 42"); });
  const auto verdict = again();
  EXPECT_EQ(verdict->verdict, "different");
  EXPECT_THAT(verdict->message, HasSubstr("42 then, 41.5 now"));
}

TEST_F(ReproduceTest, AnotherEndIsAFailure) {
  record();
  setenv("FAKE_HOST_ACT", "abort", 1);
  const auto verdict = again();
  unsetenv("FAKE_HOST_ACT");
  EXPECT_EQ(verdict->verdict, "failed");
  EXPECT_THAT(verdict->message, HasSubstr("it is crashed now and was completed: SIGABRT ended it"));
}

TEST_F(ReproduceTest, ItSaysWhatIsMissing) {
  record();
  const std::string starts = record::test::read_file(folder_ / "started.txt");
  write_plugin("other bytes");
  EXPECT_EQ(again()->verdict, "impossible");
  EXPECT_THAT(again()->message,
              HasSubstr("the bytes of the method 'succeed' with SHA-256 " + sha256_hex(kBytes)));
  fs::remove(plugin_file());
  EXPECT_EQ(again()->verdict, "impossible");
  EXPECT_EQ(record::test::read_file(folder_ / "started.txt"), starts);  // no host was started
}

TEST_F(ReproduceTest, OtherDataAreNamed) {
  config_["data"]["fingerprint"] = "dd";
  record();
  EXPECT_EQ(again()->verdict, "impossible");
  EXPECT_THAT(again()->message, HasSubstr("the data 'shapes' in their usual place have the "));
  EXPECT_THAT(again()->message, HasSubstr("and had dd"));
}

TEST_F(ReproduceTest, MissingWeightsAreNamed) {
  config_["backbone"]["weights"] = std::string(64, 'e');
  record();
  EXPECT_EQ(again()->verdict, "impossible");
  EXPECT_THAT(again()->message, HasSubstr("the weights that it started from are not there"));
}

TEST_F(ReproduceTest, OnlyWhatCameToAnEndIsMadeAgain) {
  record("failed");
  EXPECT_THAT(record::test::error_of([&] { again(); }),
              HasSubstr("is failed; only one that came to an end can be made again"));
}

TEST_F(ReproduceTest, AnInterruptIsNoVerdict) {
  record();
  setenv("FAKE_HOST_ACT", "wait", 1);
  interrupts_ = 1;
  EXPECT_FALSE(again());
  unsetenv("FAKE_HOST_ACT");
  EXPECT_FALSE(fs::exists(folder_ / "reproduced"));
}

TEST(DrawTest, IsDecidedByItsNumberAlone) {
  std::vector<std::string> all;
  for (int i = 0; i < 50; ++i) all.push_back(std::to_string(i));
  const auto drawn = draw_runs(all, 10, 7);
  EXPECT_EQ(std::set<std::string>(drawn.begin(), drawn.end()).size(), 10U);
  std::ranges::reverse(all);
  EXPECT_EQ(draw_runs(all, 10, 7), drawn);
  EXPECT_NE(draw_runs(all, 10, 8), drawn);
  EXPECT_EQ(draw_runs(all, 99, 7).size(), 50U);
}

}  // namespace
}  // namespace sslx::sweep
