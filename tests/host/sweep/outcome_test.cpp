#include "host/sweep/outcome.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

class OutcomeTest : public ::testing::Test {
 protected:
  Outcome judged(const Ending& ending, const std::string& log, const std::string& message = "") {
    std::ofstream(folder_.path / "host.log", std::ios::trunc) << log;
    std::ofstream journal(folder_.path / "journal.jsonl", std::ios::trunc);
    if (!message.empty()) {
      journal << nlohmann::json{{"event", "finished"}, {"state", "failed"}, {"message", message}}
              << '\n';
    }
    journal.close();
    return judge(ending, folder_.path);
  }

  TestFolder folder_;
};

TEST_F(OutcomeTest, AStackOfTorchIsNoReason) {
  const std::string log =
      "loading\nterminate called after throwing an instance of 'c10::Error'\n"
      "  what():  Expected a tensor of 2 dimensions\n"
      "Exception raised from check at tensor.cpp:12 (most recent call first):\n"
      "frame #0: c10::Error::Error() + 0x9c (0x7f in libc10.so)\nframe #1: main\n";
  const Outcome out = judged({{0, SIGABRT}}, log);
  EXPECT_EQ(out.state, "crashed");
  EXPECT_EQ(out.reason, "SIGABRT");
  EXPECT_EQ(out.message, "SIGABRT ended it; its last words: Expected a tensor of 2 dimensions");
  EXPECT_EQ(judged({{0, SIGSEGV}}, "one\nframe #0: x\n").message,
            "SIGSEGV ended it; its last words: one");
}

TEST_F(OutcomeTest, TooLittleMemoryIsAReasonOfItsOwn) {
  for (const char* message : {"std::bad_alloc", "CUDA out of memory",
                              "DefaultCPUAllocator: can't allocate memory: you "
                              "tried to allocate 4000000000000 bytes"}) {
    EXPECT_EQ(judged({{1, 0}}, "", message).reason, kOutOfMemory) << message;
  }
  EXPECT_EQ(judged({{0, SIGABRT}}, "x\n  what():  std::bad_alloc\n").reason, kOutOfMemory);
  EXPECT_EQ(judged({{1, 0}}, "", "the shapes do not fit").reason, "exception");
}

TEST_F(OutcomeTest, AKillIsTheKernelsWhereItsCounterRose) {
  Ending ending{{0, SIGKILL}};
  EXPECT_EQ(judged(ending, "").reason, "SIGKILL");
  ending.is_memory_short = true;
  const Outcome out = judged(ending, "");
  EXPECT_EQ(out.reason, kOutOfMemory);
  EXPECT_EQ(out.message, "SIGKILL ended it while the kernel ended processes for want of memory");
  ending.exit.signal = SIGSEGV;
  EXPECT_EQ(judged(ending, "").reason, "SIGSEGV");
}

TEST_F(OutcomeTest, ATimeLimitAndAnExitCodeHaveNames) {
  EXPECT_EQ(judged({{0, SIGKILL}, Ended::kTimeLimit, 5, 4}, "").reason, "time limit");
  EXPECT_EQ(judged({{3, 0}}, "").reason, "exit code");
  EXPECT_EQ(judged({{75, 0}}, "").reason, "");
}

TEST_F(OutcomeTest, ATrialThatStalledSaysWhere) {
  const Outcome out = judged({.exit = {0, SIGKILL},
                              .ended = Ended::kStalled,
                              .seconds = 90,
                              .doing = "method 'x' in loss at step 3",
                              .quiet = 60},
                             "");
  EXPECT_EQ(out.state, "timeout");
  EXPECT_EQ(out.reason, "stalled");
  EXPECT_EQ(out.message,
            "it showed no sign of life for 60 s (method 'x' in loss at step 3), and was ended; its "
            "stacks are in its log");
}

TEST_F(OutcomeTest, ACrashNamesWhoWasAtWorkAndNoFrames) {
  const std::string stacks =
      "sslx-host: its stacks at SIGSEGV, method 'x' in loss\n  #0 loss (in x.so)\n  #1 main\n";
  Ending ending{.exit = {0, SIGSEGV}, .doing = "method 'x' in loss at step 3"};
  EXPECT_EQ(judged(ending, stacks).message,
            "SIGSEGV ended it (method 'x' in loss at step 3); it printed nothing");
  EXPECT_EQ(judged(ending, "one\n" + stacks).message,
            "SIGSEGV ended it (method 'x' in loss at step 3); its last words: one");
  ending.exit.signal = SIGABRT;
  EXPECT_EQ(judged(ending, "nobody caught an exception\n  what():  it gave up\n" + stacks).message,
            "SIGABRT ended it (method 'x' in loss at step 3); its last words: it gave up");
}

}  // namespace
}  // namespace sslx::sweep
