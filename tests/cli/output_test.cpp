// Where the command's output goes, and that nothing there ends it in any other way than by an exit
// code.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/cli/command_run.h"

namespace sslx::cli::test {
namespace {

using ::testing::HasSubstr;

class Output : public CommandTest {
 protected:
  static void to(const char* file, int descriptor) {
    const int opened = open(file, O_WRONLY);
    dup2(opened, descriptor);
    close(opened);
  }
  /// Every verb that prints to standard output.
  std::vector<std::vector<std::string>> verbs() const {
    const std::string file = (home_ / "demo.toml").string();
    return {{"--help"},
            {"--version"},
            {"plugins"},
            {"plugins", "show", "simclr"},
            {"plugins", "new", "method", "new_one", "--dir", home_.string()},
            {"sweep", file},
            {"sweep", file, "--dry-run"},
            {"sweep", "--help"},
            {"report"},
            {"report", "demo"},
            {"runs"},
            {"show", runs().at(0).filename().string()},
            {"diff", runs().at(0).filename().string(), runs().at(1).filename().string()},
            {"data", "info", "shapes"}};
  }
};

TEST_F(Output, AFullStandardOutputIsExitCodeOneAndASentence) {
  ASSERT_EQ(sweep(), 0) << text();
  for (const std::vector<std::string>& verb : verbs()) {
    EXPECT_EQ(run(verb, [] { to("/dev/full", STDOUT_FILENO); }), 1) << verb[0];
    EXPECT_EQ(text(), "sslx: standard output cannot be written: No space left on device\n")
        << verb[0];
  }
  EXPECT_EQ(starts(), 4U);
}

TEST_F(Output, AClosedStandardOutputIsTold) {
  EXPECT_EQ(run({"plugins"}, [] { close(STDOUT_FILENO); }), 1);
  EXPECT_EQ(text(), "sslx: standard output cannot be written: Bad file descriptor\n");
}

/// Who reads no further has what he wanted.
TEST_F(Output, AReaderThatLeavesEndsNoSweep) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t pid = start_sweep({}, [&] { dup2(ends[1], STDOUT_FILENO); });
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(end_of(pid), 0) << text();
  EXPECT_EQ(text(), "");
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'completed'"), "4");
}

/// The record must not become where messages go.
TEST_F(Output, AClosedStandardErrorAbortsNothing) {
  const auto closed = [] { close(STDERR_FILENO); };
  EXPECT_EQ(run({"sweep", "nowhere.toml"}, closed), 2);
  act("fail");
  EXPECT_EQ(sweep({}, closed), 1);
  EXPECT_EQ(sweep({}, [] { to("/dev/full", STDERR_FILENO); }), 1);
  act("succeed");
  EXPECT_EQ(sweep({},
                  [] {
                    for (int standard = 0; standard < 3; ++standard) close(standard);
                  }),
            1);
  EXPECT_EQ(value("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'completed'"), "4");
}

TEST_F(Output, ATerminalThatIsClosedWhileProgressIsDrawnEndsTheSweepInOrder) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  const std::string slave = ptsname(master);
  act("wait");
  const pid_t pid = start_sweep({"--jobs", "2"}, [&] {
    setsid();
    const int terminal = open(slave.c_str(), O_RDWR);
    ioctl(terminal, TIOCSCTTY, 0);
    for (int standard = 0; standard < 3; ++standard) dup2(terminal, standard);
  });
  wait_for_starts(2);
  char drawn[64];
  EXPECT_GT(read(master, drawn, sizeof drawn), 0);
  close(master);
  EXPECT_EQ(end_of(pid), 75);
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'interrupted'"), "2");
}

TEST_F(Output, AFileBeyondItsLimitIsASentence) {
  const auto limited = [] {
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
  };
  EXPECT_EQ(sweep({}, limited), 74);
  EXPECT_THAT(text(), HasSubstr("sslx: "));
  EXPECT_EQ(sweep(), 0) << text();
}

}  // namespace
}  // namespace sslx::cli::test
