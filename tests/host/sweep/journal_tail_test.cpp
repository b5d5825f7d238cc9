#include "host/sweep/journal_tail.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

class JournalTailTest : public ::testing::Test {
 protected:
  void append(const std::string& text) { std::ofstream(file_, std::ios::app) << text; }
  TestFolder folder_;
  std::filesystem::path file_ = folder_.path / "journal.jsonl";
};

TEST_F(JournalTailTest, ReadsWholeLinesAsTheyCome) {
  JournalTail tail(file_);
  EXPECT_FALSE(tail.read());
  append(R"({"event":"plan","epochs":2,"steps":10})"
         "\n"
         R"({"event":"metric","step":3,)");
  EXPECT_TRUE(tail.read());
  EXPECT_EQ(tail.progress().steps, 10);
  EXPECT_EQ(tail.progress().step, 0);
  append(R"("epoch":1,"values":{"loss":0.5}})"
         "\nnot json\n[1]\n");
  EXPECT_TRUE(tail.read());
  EXPECT_EQ(tail.progress().step, 3);
  EXPECT_EQ(tail.progress().loss, 0.5);
  append(R"({"event":"metric","step":"x","values":{"loss":"nan"}})"
         "\n");
  tail.read();
  EXPECT_TRUE(std::isnan(tail.progress().loss));
  EXPECT_EQ(tail.progress().step, 3);
}

/// A later stage counts its own steps, from 1.
TEST_F(JournalTailTest, TheProgressIsThePretrainings) {
  JournalTail tail(file_);
  append(
      "{\"event\":\"metric\",\"step\":9,\"values\":{\"loss\":0.5}}\n"
      "{\"event\":\"metric\",\"step\":1,\"values\":{\"finetune_1pct_loss\":2.3}}\n");
  tail.read();
  EXPECT_EQ(tail.progress().step, 9);
  EXPECT_EQ(tail.progress().loss, 0.5);
}

/// The lines of an earlier run come all at once.
TEST_F(JournalTailTest, TheTimeLeftIsNotByStepsOfAnEarlierRun) {
  JournalTail tail(file_);
  append(
      "{\"event\":\"plan\",\"epochs\":1,\"steps\":100}\n"
      "{\"event\":\"resumed\",\"stage\":\"pretrain\",\"step\":90}\n"
      "{\"event\":\"metric\",\"step\":1,\"values\":{\"loss\":2}}\n"
      "{\"event\":\"metric\",\"step\":90,\"values\":{\"loss\":1}}\n"
      "{\"event\":\"metric\",\"step\":91,\"values\":{\"loss\":1}}\n");
  tail.read();
  EXPECT_EQ(tail.progress().step, 91);
  EXPECT_TRUE(std::isnan(tail.progress().seconds_left)) << "one step says nothing yet";
  append("{\"event\":\"metric\",\"step\":92,\"values\":{\"loss\":1}}\n");
  tail.read();
  EXPECT_GE(tail.progress().seconds_left, 0);
}

TEST_F(JournalTailTest, TheFinishedEventIsTheLastWholeLineOrNone) {
  EXPECT_FALSE(finished_event(file_));
  const std::string line = R"({"event":"finished","state":"completed"})";
  append("{\"event\":\"metric\"}\n" + line);
  for (size_t length = 0; length < line.size(); ++length) {
    std::ofstream(file_, std::ios::trunc) << "{}\n" << line.substr(0, length);
    EXPECT_FALSE(finished_event(file_)) << length;
  }
  std::ofstream(file_, std::ios::trunc) << "{}\n" << line << "\n";
  EXPECT_TRUE(finished_event(file_));
}

TEST_F(JournalTailTest, LastLinesArePrintable) {
  append("one\n\n\x1b[31mtwo\xff\n  \nthree");
  EXPECT_EQ(last_lines(file_, 2), "?[31mtwo? | three");
  EXPECT_EQ(last_lines(folder_.path / "none", 2), "");
}

}  // namespace
}  // namespace sslx::sweep
