// What a process says of itself that crashes, hangs, or is ended by what it threw.
#include "host/machine/last_words.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>

#include "host/machine/beacon.h"
#include "host/machine/stack.h"

namespace sslx::machine {

// Names that a stack must have; nothing exports them.
[[gnu::noinline, maybe_unused]] static void crash_in_here(int number) {
  raise(number);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // no tail call
}
[[gnu::noinline, maybe_unused]] static void hang_in_here(const std::atomic<bool>& go_on) {
  while (!go_on) {
  }
}
[[gnu::noinline]] static Stack taken_in_here() { return Stack::here(); }

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class LastWordsTest : public ::testing::Test {
 protected:
  ~LastWordsTest() override { std::filesystem::remove(log_); }

  pid_t start(const std::function<void()>& act) {
    const pid_t child = fork();
    if (child != 0) return child;
    dup2(open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644), STDERR_FILENO);
    leave_last_words();
    act();
    _exit(0);
  }
  std::string log() const {
    std::ifstream in(log_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static int status_of(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }

  std::filesystem::path log_ =
      std::filesystem::temp_directory_path() / ("sslx_last_words_" + std::to_string(getpid()));
};

// Not with sanitizers, which tell of crashes themselves, and under which a second thread does not
// answer in time.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(LastWordsTest, ACrashNamesItsSignalWhoWasAtWorkAndTheFunction) {
  for (const int number : {SIGSEGV, SIGABRT, SIGFPE}) {
    const int status = status_of(start([number] {
      const AtWork seen("method 'x'", "loss");
      crash_in_here(number);
    }));
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), number);
    EXPECT_THAT(log(), StartsWith("sslx-host: its stacks at SIG" +
                                  std::string(sigabbrev_np(number)) + ", method 'x' in loss\n"));
    EXPECT_THAT(log(), HasSubstr("crash_in_here"));
  }
}

/// It is not the fault of whoever is at work in the main thread.
TEST_F(LastWordsTest, ACrashOfAThreadIsToldOfIt) {
  const std::string crop = "augmentation 'crop'";
  for (const bool known : {false, true}) {
    const int status = status_of(start([&] {
      const AtWork seen("method 'x'", "loss");
      std::thread([&] {
        std::optional<WorksFor> blamed;
        if (known) blamed.emplace(crop);
        crash_in_here(SIGSEGV);
      }).join();
    }));
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_THAT(log(), StartsWith("sslx-host: its stacks at SIGSEGV, " +
                                  (known ? crop : "a thread beside method 'x' in loss") + "\n"));
    EXPECT_THAT(log(), HasSubstr("crash_in_here"));
  }
}
TEST_F(LastWordsTest, AskedForItsStacksItWritesThemAndGoesOn) {
  const Beacon beacon;
  const pid_t child = start([&] {
    dup2(beacon.descriptor(), kBeacon);
    light_beacon();
    const AtWork seen("method 'x'", "loss");
    const std::atomic<bool> never{false};
    std::thread other(hang_in_here, std::cref(never));
    hang_in_here(never);
    other.join();
  });
  while (beacon.look().signs == 0) usleep(1000);
  usleep(100'000);  // both are there by then
  kill(child, SIGQUIT);
  for (int i = 0; i < 1000 && beacon.look().told == 0; ++i) usleep(10'000);
  EXPECT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "it ended";
  kill(child, SIGKILL);
  EXPECT_EQ(WTERMSIG(status_of(child)), SIGKILL);
  const std::string told = log();
  EXPECT_THAT(told, StartsWith("sslx-host: its stacks as asked for, method 'x' in loss\n"));
  EXPECT_THAT(told, HasSubstr("the main thread:\n"));
  const size_t first = told.find("hang_in_here");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(told.find("hang_in_here", first + 1), std::string::npos) << "of both threads";
}
#endif

TEST(StackTest, NamesFunctionsThatNobodyExports) {
  EXPECT_THAT(taken_in_here().text(), HasSubstr("taken_in_here"));
}

TEST(StackTest, ALibraryHasTheNameThatItWasGiven) {
  const Stack here = taken_in_here();
  Dl_info own{};
  ASSERT_NE(dladdr(here.calls[0], &own), 0);
  EXPECT_THAT(here.text(), HasSubstr("(in stack_test)"));
  call_library(own.dli_fname, "method 'x'");
  EXPECT_THAT(here.text(), HasSubstr("(in method 'x')"));
}

TEST(StackTest, AThrowIsKnownByWhatWasThrown) {
  const int thrown = 1;
  const int other = 2;
  note_thrown(&thrown);
  EXPECT_GT(thrown_at(&thrown).count, 0U);
  EXPECT_EQ(thrown_at(&other).count, 0U);
}

}  // namespace
}  // namespace sslx::machine
