#include "tests/host/sweep/executor_fixture.h"

namespace sslx::sweep {
namespace {

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

}  // namespace
}  // namespace sslx::sweep
