// What a trial, its children, its disk or the record may do to the executor.
#include "tests/host/sweep/executor_fixture.h"

namespace sslx::sweep {
namespace {

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

TEST_F(ExecutorTest, WhatAnInterruptedHostWasWritingIsRemoved) {
  std::thread interrupter([&] {
    while (starts() < 1) usleep(10'000);
    usleep(200'000);
    for (int count = 1; count <= 2; ++count) {
      stop_ = count;
      usleep(200'000);
    }
  });
  run(plan_for({"litter_hang"}));
  interrupter.join();
  EXPECT_EQ(outcome("litter_hang, seed 0").state, "interrupted");
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

TEST_F(ExecutorTest, WhatHadTooLittleMemoryIsTriedOnceMoreAndThenGivenUp) {
  options_.retries = 5;
  run(plan_for({"hungry"}));
  EXPECT_EQ(starts(), 2U);
  EXPECT_EQ(outcome("hungry, seed 0").reason, "oom");
  EXPECT_THAT(outcome("hungry, seed 0").message,
              ::testing::AllOf(::testing::HasSubstr("std::bad_alloc"),
                               ::testing::HasSubstr("given up after 2 attempts that ended alike"),
                               ::testing::HasSubstr("a smaller train.batch_size")));
  for (const fs::path& directory : record_.ingested) {
    EXPECT_EQ(read_claim(directory / "exit.json")["reason"], "oom");
  }
}

TEST_F(ExecutorTest, WhatCrashesAlikeEachTimeIsGivenUpAndTheRestGoesOn) {
  options_.retries = 2;
  const Summary summary = run(plan_for({"abort", "succeed"}));
  EXPECT_EQ(starts(), 4U);
  ASSERT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(summary.failures[0].second.reason, "SIGABRT");
  EXPECT_THAT(summary.failures[0].second.message,
              ::testing::HasSubstr("given up after 3 attempts that ended alike"));
  EXPECT_EQ(outcome("succeed, seed 1").state, "completed");
}

TEST_F(ExecutorTest, ATrialWithoutASignOfLifeIsEnded) {
  options_.run.stall_limit = 1;  // long enough to be seen while it is quiet
  options_.retries = 2;
  const Summary summary = run(plan_for({"stall", "busy"}));
  ASSERT_EQ(summary.failures.size(), 1U);
  const Outcome& stalled = outcome("stall, seed 0");
  EXPECT_EQ(stalled.state, "timeout");
  EXPECT_EQ(stalled.reason, "stalled");
  EXPECT_THAT(stalled.message, ::testing::HasSubstr("(method 'stall' in loss at step 3)"));
  EXPECT_EQ(outcome("busy, seed 1").state, "completed") << "slow is not stuck";
  EXPECT_EQ(starts(), 2U) << "it would stall again";
  EXPECT_EQ(events_.doing, "method 'stall' in loss");
}

TEST_F(ExecutorTest, WithoutALimitNothingIsEnded) {
  std::thread interrupter([&] {
    while (starts() < 1) usleep(10'000);
    usleep(1'000'000);
    stop_ = 2;
  });
  run(plan_for({"stall"}));
  interrupter.join();
  EXPECT_EQ(outcome("stall, seed 0").state, "interrupted");
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
  const Plan plan = plan_for({"succeed", "succeed", "succeed", "succeed"});
  const Summary summary = execute(plan, options_, record, events_, stop_);
  EXPECT_EQ(starts(), 2U);  // the second before the first could not be recorded
  EXPECT_EQ(summary.unstarted, 2U);
  EXPECT_EQ(summary.failures.size(), 2U);
  EXPECT_EQ(claimed_trials(folder_.path / "runs" / "claims").size(), 2U);
  recover_abandoned(folder_.path, record_);
  EXPECT_EQ(record_.ingested.size(), 2U);
  EXPECT_EQ(claims_left(), 0U);
  EXPECT_EQ(run(plan).ran, 2U);
  EXPECT_EQ(starts(), 4U);
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
