#include "host/sweep/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sslx/error.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <thread>

#include "host/sweep/claims.h"
#include "host/sweep/interrupt.h"
#include "host/sweep/recovery.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// The record, kept in the run directories themselves: what another process ended is seen too.
class FolderRecord : public RunRecord {
 public:
  explicit FolderRecord(fs::path home) : home_(std::move(home)) {}
  bool is_done(const Trial& trial) override {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(home_ / "runs", error)) {
      const json exit = read_claim(entry.path() / "exit.json");
      const json state = exit.value("state", "");
      const bool final = state == "completed" || state == "collapsed";
      if (final && read_claim(entry.path() / "request.json")["trial"] == trial.identity)
        return true;
    }
    return false;
  }
  std::string ingest(const fs::path& directory) override {
    ingested.insert(directory);
    return "";
  }
  std::set<fs::path> ingested;

 private:
  fs::path home_;
};

struct Events : Observer {
  void started(const RunView& run) override { log.push_back("start " + run.label); }
  void progressed(const std::vector<RunView>& runs) override {
    for (const RunView& run : runs) steps = std::max(steps, run.progress.step);
    most = std::max(most, runs.size());
  }
  void finished(const RunView& run, const Outcome& outcome) override {
    outcomes[run.label] = outcome;
  }
  void note(const std::string& sentence) override { log.push_back(sentence); }
  std::vector<std::string> log;
  std::map<std::string, Outcome> outcomes;
  int64_t steps = 0;
  size_t most = 0;
};

Plan plan_for(const std::vector<std::string>& acts) {
  Plan plan{"test", "", {}, {}, {}};
  for (size_t i = 0; i < acts.size(); ++i) {
    Trial trial;
    trial.variant = acts[i];
    trial.config = nlohmann::json{{"method", {{"name", acts[i]}}}};
    trial.seed = i;
    trial.identity = trial_identity(trial.config, i);
    plan.trials.push_back(trial);
  }
  return plan;
}

class ExecutorTest : public ::testing::Test {
 protected:
  ExecutorTest() {
    options_.home = folder_.path;
    options_.host = FAKE_HOST;
    setenv("FAKE_HOST_LOG", log().c_str(), 1);
  }
  ~ExecutorTest() override { unsetenv("FAKE_HOST_LOG"); }
  fs::path log() const { return folder_.path / "started.txt"; }

  Summary run(const Plan& plan) { return execute(plan, options_, record_, events_, stop_); }
  const Outcome& outcome(const std::string& label) { return events_.outcomes[label]; }

  size_t starts() const {
    std::ifstream in(log());
    return static_cast<size_t>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
  }
  size_t claims_left() const {
    return static_cast<size_t>(std::distance(
        fs::directory_iterator(folder_.path / "runs" / "claims"), fs::directory_iterator()));
  }
  /// Fake hosts that still run for this home.
  size_t processes() const {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::ifstream in(entry.path() / "environ");
      const std::string text((std::istreambuf_iterator<char>(in)), {});
      std::error_code error;
      const fs::path exe = fs::read_symlink(entry.path() / "exe", error);
      if (exe == options_.host && text.find(log()) != std::string::npos) ++count;
    }
    return count;
  }

  TestFolder folder_;
  ExecutorOptions options_;
  FolderRecord record_{folder_.path};
  Events events_;
  std::atomic<int> stop_{0};
};

TEST_F(ExecutorTest, EachEndHasItsStateAndMessage) {
  options_.run.jobs = 4;
  const Summary summary =
      run(plan_for({"succeed", "fail", "abort", "torn", "diverge", "collapse", "flood"}));
  EXPECT_EQ(summary.ran, 7U);
  EXPECT_EQ(summary.failures.size(), 3U);  // diverged and collapsed are ends like others
  EXPECT_EQ(outcome("succeed, seed 0").state, "completed");
  EXPECT_EQ(outcome("fail, seed 1").state, "failed");
  EXPECT_EQ(outcome("fail, seed 1").message,
            "it ended with exit code 1 and no result; its last words: the last word of fail");
  EXPECT_EQ(outcome("abort, seed 2").state, "crashed");
  EXPECT_EQ(outcome("abort, seed 2").message,
            "SIGABRT ended it; its last words: something | the last word of abort");
  EXPECT_EQ(outcome("torn, seed 3").state, "failed");
  EXPECT_EQ(outcome("torn, seed 3").message,
            "it ended with exit code 0 and no result; it printed nothing");
  EXPECT_EQ(outcome("diverge, seed 4").state, "diverged");
  EXPECT_EQ(outcome("diverge, seed 4").message, "the loss is nan at step 1");
  EXPECT_EQ(outcome("collapse, seed 5").state, "collapsed");
  EXPECT_EQ(outcome("flood, seed 6").state, "completed");
  EXPECT_EQ(record_.ingested.size(), 7U);
  EXPECT_EQ(claims_left(), 0U);
}

TEST_F(ExecutorTest, AWarningIsToldOnce) {
  run(plan_for({"warn", "succeed", "warn"}));
  EXPECT_EQ(std::ranges::count(events_.log, "warning: something is odd"), 1);
}

TEST_F(ExecutorTest, WhatIsDoneIsNotRunAgainAndTheRestIs) {
  const Plan plan = plan_for({"succeed", "fail", "succeed"});
  run(plan);
  const Summary again = run(plan);
  EXPECT_EQ(again.skipped, 2U);
  EXPECT_EQ(again.ran, 1U);
  EXPECT_EQ(starts(), 4U);
  options_.again = true;
  EXPECT_EQ(run(plan).ran, 3U);
}

TEST_F(ExecutorTest, TheSameTrialTwiceInAPlanRunsOnce) {
  Plan plan = plan_for({"succeed"});
  plan.trials.push_back(plan.trials[0]);
  EXPECT_EQ(run(plan).ran, 1U);
}

TEST_F(ExecutorTest, AHostThatIgnoresTheTimeLimitIsKilled) {
  options_.run.time_limit = 0.3;
  options_.run.jobs = 2;
  run(plan_for({"hang", "wait"}));
  EXPECT_EQ(outcome("hang, seed 0").state, "timeout");
  EXPECT_THAT(outcome("hang, seed 0").message,
              ::testing::EndsWith("s, the time limit being 0.3 s"));
  EXPECT_EQ(outcome("wait, seed 1").state, "timeout");
  EXPECT_EQ(processes(), 0U);
}

TEST_F(ExecutorTest, WhatAHostLeavesBehindIsKilledWithIt) {
  EXPECT_TRUE(run(plan_for({"orphan"})).failures.empty());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(processes(), 0U);
}

TEST_F(ExecutorTest, AnInterruptStopsAndTheNextRunGoesOn) {
  std::thread interrupter([&] {
    while (starts() < 2) usleep(10'000);
    usleep(300'000);
    stop_ = 1;
  });
  const Plan plan = plan_for({"succeed", "wait", "succeed"});
  const Summary summary = run(plan);
  interrupter.join();
  EXPECT_TRUE(summary.interrupted);
  EXPECT_TRUE(summary.failures.empty());
  EXPECT_EQ(outcome("wait, seed 1").state, "interrupted");
  EXPECT_EQ(starts(), 2U);
  EXPECT_GE(events_.steps, 1);
  EXPECT_EQ(processes(), 0U);
}

TEST_F(ExecutorTest, ASecondInterruptKills) {
  std::thread interrupter([&] {
    while (starts() < 1) usleep(10'000);
    usleep(200'000);
    stop_ = 1;
    usleep(200'000);
    stop_ = 2;
  });
  const Summary summary = run(plan_for({"hang"}));
  interrupter.join();
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(outcome("hang, seed 0").state, "interrupted");
  EXPECT_EQ(processes(), 0U);
}

TEST_F(ExecutorTest, AMissingHostIsOneSentence) {
  options_.host = "/nowhere/sslx-host";
  EXPECT_EQ(message_of([&] { run(plan_for({"succeed"})); }),
            "/nowhere/sslx-host cannot be started: No such file or directory");
}

/// Runs the plan in a process of its own, as another command would.
pid_t in_child(const std::function<void()>& body) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  body();
  _exit(0);
}

TEST_F(ExecutorTest, TwoCommandsAtOnceRunEachTrialOnce) {
  const Plan plan = plan_for({"slow", "slow", "slow", "slow", "slow", "slow"});
  options_.run.jobs = 2;
  const pid_t other = in_child([&] { run(plan); });
  const Summary summary = run(plan);
  waitpid(other, nullptr, 0);
  EXPECT_EQ(starts(), 6U);
  EXPECT_EQ(summary.ran + summary.skipped, 6U);
}

TEST_F(ExecutorTest, ARunWhoseCommandWasKilledIsMarkedAndRunAgain) {
  const Plan plan = plan_for({"hang"});
  const pid_t other = in_child([&] { run(plan); });
  while (starts() < 1) usleep(10'000);
  usleep(200'000);
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  options_.run.time_limit = 0.2;
  run(plan);  // the hanging host holds the claim: it is ended first
  EXPECT_EQ(starts(), 2U);
  std::multiset<std::string> states;
  for (const fs::path& directory : record_.ingested) {
    states.insert(read_claim(directory / "exit.json").value("state", ""));
  }
  EXPECT_EQ(states, (std::multiset<std::string>{"lost", "timeout"}));
  EXPECT_EQ(processes(), 0U);
}

TEST_F(ExecutorTest, RecoveryFinishesFromTheJournalWhatWasDone) {
  const fs::path directory = folder_.path / "runs" / "r1";
  fs::create_directories(directory);
  fs::create_directories(folder_.path / "runs" / "claims");
  std::ofstream(directory / "request.json") << R"({"run":"r1"})";
  std::ofstream(directory / "journal.jsonl")
      << R"({"event":"finished","line":0,"time":"t","state":"completed","message":"","seconds":3})"
      << "\n";
  std::ofstream(folder_.path / "runs" / "claims" / "t") << R"({"run":"r1"})";
  EXPECT_EQ(recover_abandoned(folder_.path, record_).ended, 1U);
  EXPECT_EQ(read_claim(directory / "exit.json").value("state", ""), "completed");
  EXPECT_EQ(record_.ingested.count(directory), 1U);
  EXPECT_EQ(recover_abandoned(folder_.path, record_).ended, 0U);
}

TEST_F(ExecutorTest, ATrialThatRemovesItsFolderEndsAlone) {
  options_.run.jobs = 2;
  for (int time = 0; time < 2; ++time) {
    const Summary summary = run(plan_for({"vanish", "slow", "vanish", "slow", "slow"}));
    EXPECT_EQ(outcome("vanish, seed 0").state, "failed");
    EXPECT_THAT(outcome("vanish, seed 0").message,
                ::testing::StartsWith("its folder was damaged while it ran: "));
    EXPECT_EQ(summary.failures.size(), 2U);
    EXPECT_EQ(outcome("slow, seed 1").state, "completed");
    EXPECT_EQ(outcome("slow, seed 4").state, "completed");
  }
  EXPECT_EQ(starts(), 7U);
  EXPECT_EQ(claims_left(), 0U);
}

TEST_F(ExecutorTest, WhatAKilledHostWasWritingIsRemoved) {
  run(plan_for({"litter"}));
  EXPECT_EQ(outcome("litter, seed 0").state, "crashed");
  ASSERT_EQ(record_.ingested.size(), 1U);
  EXPECT_FALSE(fs::exists(*record_.ingested.begin() / "weights.safetensors.part"));
}

TEST_F(ExecutorTest, AChildThatLeftItsSessionIsKilledWithItsTrial) {
  EXPECT_TRUE(run(plan_for({"daemon"})).failures.empty());
  for (int i = 0; i < 500 && processes() > 0; ++i) usleep(10'000);
  EXPECT_EQ(processes(), 0U);
}

TEST_F(ExecutorTest, AChildThatKeepsTheClaimOfADeadCommandIsNotWaitedFor) {
  const pid_t other = in_child([&] { run(plan_for({"daemon_wait"})); });
  while (processes() < 2) usleep(10'000);
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  Plan plan = plan_for({"daemon_wait"});
  options_.run.time_limit = 0.2;
  run(plan);
  EXPECT_EQ(starts(), 2U);
  for (int i = 0; i < 500 && processes() > 0; ++i) usleep(10'000);
  EXPECT_EQ(processes(), 0U);
}

TEST_F(ExecutorTest, AKilledHostIsTriedAgainFromItsFinishedStages) {
  options_.retries = 2;
  for (const bool again : {false, true}) {
    options_.again = again;
    const Summary summary = run(plan_for({"killed_once"}));
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(outcome("killed_once, seed 0").state, "completed");
    fs::remove(folder_.path / "runs" / plan_for({"killed_once"}).trials[0].identity);
  }
  EXPECT_EQ(starts(), 4U);
  EXPECT_THAT(events_.log,
              ::testing::Contains(::testing::HasSubstr(
                  "SIGKILL ended it; it printed nothing; it is tried again (1 of 2)")));
  size_t resumed = 0;
  for (const fs::path& directory : record_.ingested) {
    resumed += read_claim(directory / "request.json").contains("resume") ? 1U : 0U;
  }
  EXPECT_EQ(resumed, 2U);
}

TEST_F(ExecutorTest, OnlyWhatCrashedIsTriedAgainAndNotForEver) {
  options_.retries = 2;
  const Summary summary = run(plan_for({"fail", "abort", "diverge"}));
  EXPECT_EQ(starts(), 5U);
  EXPECT_EQ(summary.failures.size(), 2U);  // what diverged ended as it does
}

/// A record that cannot be written until it is told that it can.
struct StubbornRecord : FolderRecord {
  using FolderRecord::FolderRecord;
  std::string ingest(const fs::path& directory) override {
    ++tries;
    if (tries > works_from) return FolderRecord::ingest(directory);
    throw Error(ErrorKind::kSystem, "the disk is full");
  }
  int tries = 0;
  int works_from = 0;
};

TEST_F(ExecutorTest, ATrialIsNotThrownAwayWhenItsEndCannotBeRecordedAtOnce) {
  StubbornRecord record(folder_.path);
  record.works_from = 3;
  options_.tell_after = std::chrono::milliseconds(0);
  const Plan plan = plan_for({"succeed", "succeed"});
  const Summary summary = execute(plan, options_, record, events_, stop_);
  EXPECT_TRUE(summary.failures.empty());
  EXPECT_EQ(starts(), 2U);
  EXPECT_EQ(record.ingested.size(), 2U);
  EXPECT_EQ(claims_left(), 0U);
  EXPECT_THAT(events_.log,
              ::testing::Contains("nothing can be recorded: the disk is full; no more trials are "
                                  "started until it can"));
  EXPECT_THAT(events_.log, ::testing::Contains("the record can be written again; going on"));
}

TEST_F(ExecutorTest, WhatCannotBeRecordedIsLeftToTheNextCommandWithItsClaim) {
  StubbornRecord record(folder_.path);
  record.works_from = 1'000'000;
  options_.tell_after = std::chrono::milliseconds(0);
  options_.give_up_after = std::chrono::milliseconds(300);
  const Plan plan = plan_for({"succeed", "succeed", "succeed"});
  const Summary summary = execute(plan, options_, record, events_, stop_);
  EXPECT_EQ(starts(), 1U);
  EXPECT_EQ(summary.unstarted, 2U);
  EXPECT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(claims_left(), 1U);
  recover_abandoned(folder_.path, record_);
  EXPECT_EQ(record_.ingested.size(), 1U);
  EXPECT_EQ(claims_left(), 0U);
  EXPECT_EQ(run(plan).ran, 2U);
  EXPECT_EQ(starts(), 3U);
}

TEST(InterruptCountTest, WhatIsIgnoredStaysIgnored) {
  for (const int number : {SIGHUP, SIGINT}) {
    signal(number, SIG_IGN);
    {
      const InterruptCount interrupts;
      raise(number);
      EXPECT_EQ(interrupts.count(), 0);
      raise(SIGTERM);
      EXPECT_EQ(interrupts.count(), 1);
    }
    EXPECT_EQ(signal(number, SIG_DFL), SIG_IGN);
  }
}

TEST(InterruptCountTest, CountsSignals) {
  const InterruptCount interrupts;
  raise(SIGINT);
  raise(SIGTERM);
  raise(SIGPIPE);
  EXPECT_EQ(interrupts.count(), 2);
}

}  // namespace
}  // namespace sslx::sweep
