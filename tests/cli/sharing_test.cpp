// Two machines that share a folder of runs, each with a database of its own on a local disk. The
// second is a process that says it runs on a kernel of another boot, so that locks and process
// numbers tell it nothing.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include "tests/cli/command_run.h"

namespace sslx::cli::test {
namespace {

using ::testing::HasSubstr;

void be_another_machine() { setenv("SSLX_BOOT_ID", "another", 1); }

class Sharing : public CommandTest {
 protected:
  Sharing() {
    fs::create_directories(second_);
    fs::create_directories(home_ / "runs");
    fs::create_directory_symlink(home_ / "runs", second_ / "runs");
    setenv("FAKE_HOST_GATE", (home_ / "gate").c_str(), 1);
  }
  ~Sharing() override { unsetenv("FAKE_HOST_GATE"); }
  /// A sweep on the second machine.
  pid_t start_second(const std::vector<std::string>& more = {}) {
    at_home_ = second_;
    const pid_t pid = start_sweep(more, be_another_machine);
    at_home_.clear();
    return pid;
  }
  std::string second_text() const { return content(second_ / "printed.txt"); }
  std::string second_value(const std::string& sql) const {
    SQLite::Database handle((second_ / "results" / "sslx.db").string(), SQLite::OPEN_READONLY,
                            10000);
    return handle.execAndGet(sql).getString();
  }
  void open_gate() const { write(home_ / "gate", ""); }
  size_t claims_left() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(home_ / "runs" / "claims"), fs::directory_iterator()));
  }

  fs::path second_ = home_ / "second";
};

const char* const kDone = "SELECT count(DISTINCT trial) FROM run WHERE state = 'completed'";
const char* const kResults = "SELECT count(*) FROM run WHERE state = 'completed'";

TEST_F(Sharing, NoTrialIsRunTwiceAndBothRecordsHaveAll) {
  act("slow");
  const pid_t first = start_sweep({"--jobs", "2", "--seeds", "6"});
  const pid_t second = start_second({"--jobs", "2", "--seeds", "6"});
  EXPECT_EQ(end_of(first), 0) << text();
  EXPECT_EQ(end_of(second), 0) << second_text();
  EXPECT_EQ(starts(), 12U);
  for (const char* sql : {kDone, kResults}) {
    EXPECT_EQ(value(sql), "12");
    EXPECT_EQ(second_value(sql), "12");
  }
  EXPECT_EQ(value("SELECT group_concat(number) FROM plan"),
            second_value("SELECT group_concat(number) FROM plan"));
  EXPECT_EQ(claims_left(), 0U);
}

TEST_F(Sharing, WhatADeadMachineHadIsTakenOverWhenItGivesNoSignOfLife) {
  act("gate");
  const pid_t second = start_second({"--jobs", "2"});
  wait_for_starts(2);
  kill(second, SIGKILL);
  end_of(second);
  open_gate();  // its hosts end; nobody records it
  EXPECT_EQ(sweep({"--claim-expiry", "3", "--jobs", "2"}), 0) << text();
  EXPECT_THAT(text(), HasSubstr("runs some of these trials; waiting for it"));
  EXPECT_EQ(value(kDone), "4");
  EXPECT_EQ(value(kResults), "4");
  EXPECT_EQ(claims_left(), 0U);
}

TEST_F(Sharing, AResultOfAStoppedMachineThatComesLateIsSuperseded) {
  act("gate");
  const pid_t second = start_second();
  wait_for_starts(1);
  kill(second, SIGSTOP);
  act("succeed");
  EXPECT_EQ(sweep({"--claim-expiry", "3"}), 0) << text();
  EXPECT_EQ(starts(), 5U);
  open_gate();
  kill(second, SIGCONT);
  EXPECT_EQ(end_of(second), 0) << second_text();
  EXPECT_THAT(second_text(), HasSubstr("after another command had taken the trial over"));
  EXPECT_EQ(second_value("SELECT count(*) FROM run WHERE state = 'superseded'"), "1");
  EXPECT_EQ(second_value(kResults), "4");
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_EQ(value(kResults), "4");
  EXPECT_EQ(claims_left(), 0U);
}

TEST_F(Sharing, OnOneMachineAStoppedCommandIsFencedToo) {
  act("gate");
  const pid_t other = start_sweep();
  wait_for_starts(1);
  kill(other, SIGSTOP);
  act("succeed");
  EXPECT_EQ(sweep({"--claim-expiry", "3"}), 0) << text();
  open_gate();
  kill(other, SIGCONT);
  EXPECT_EQ(end_of(other), 0);
  EXPECT_EQ(value(kResults), "4");
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'superseded'"), "1");
  EXPECT_EQ(claims_left(), 0U);
}

}  // namespace
}  // namespace sslx::cli::test
