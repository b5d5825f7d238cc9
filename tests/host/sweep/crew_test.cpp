#include "host/sweep/crew.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sslx::sweep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const machine::Cores kFour{4, "its affinity mask"};

/// Without the OMP_NUM_THREADS of whoever runs the tests.
class Crew : public ::testing::Test {
 protected:
  Crew() {
    const char* threads = getenv("OMP_NUM_THREADS");
    threads_ = threads == nullptr ? "" : threads;
    unsetenv("OMP_NUM_THREADS");
  }
  ~Crew() override {
    unsetenv("OMP_NUM_THREADS");
    if (!threads_.empty()) setenv("OMP_NUM_THREADS", threads_.c_str(), 1);
  }

 private:
  std::string threads_;
};

TEST_F(Crew, SharesTheFreeCoresAmongTheTrials) {
  RunOptions run;
  EXPECT_EQ(threads_of(run, 4), 4);
  EXPECT_EQ(threads_of(run, 1), 1);
  run.jobs = 3;
  EXPECT_EQ(threads_of(run, 4), 1);
  EXPECT_EQ(threads_of(run, 7), 2);
}

TEST_F(Crew, HasNoMoreThreadsATrialThanOmpNumThreads) {
  setenv("OMP_NUM_THREADS", "2", 1);
  RunOptions run;
  EXPECT_EQ(threads_of(run, 4), 2);
  run.jobs = 4;
  EXPECT_EQ(threads_of(run, 4), 1);
  run.threads = 3;
  EXPECT_EQ(threads_of(run, 4), 3) << "what is asked for wins";
}

TEST_F(Crew, SaysNothingOfThreadsThatFit) {
  RunOptions run;
  EXPECT_THAT(crew_notes(run, kFour, 4), IsEmpty());
  run.jobs = 4;
  EXPECT_THAT(crew_notes(run, kFour, 4), IsEmpty());
  run.jobs = 2;
  run.threads = 2;
  EXPECT_THAT(crew_notes(run, kFour, 4), IsEmpty());
}

TEST_F(Crew, SaysHowManyThreadsAreMoreThanMayBeUsed) {
  RunOptions run;
  run.threads = 16;
  EXPECT_THAT(crew_notes(run, kFour, 4),
              ElementsAre("warning: 1 trial at a time with 16 threads and 1 view worker each are "
                          "17 threads, but this process may use 4 cores (its affinity mask), and "
                          "threads that wait for one another are many times slower than fewer "
                          "would be"));
}

TEST_F(Crew, CountsJobsThreadsAndViewWorkersTogether) {
  RunOptions run;
  run.jobs = 5;
  EXPECT_EQ(crew_notes(run, kFour, 4).size(), 1U) << "one thread each is too much";
  run.jobs = 2;
  run.view_workers = 2;
  EXPECT_EQ(crew_notes(run, kFour, 4).size(), 1U) << "two workers each are";
  run.threads = 1;
  EXPECT_THAT(crew_notes(run, kFour, 4), IsEmpty());
  run.view_workers = 0;
  run.threads = 3;
  EXPECT_EQ(crew_notes(run, kFour, 4).size(), 1U) << "three threads each are, without workers";
}

TEST_F(Crew, SaysThatOthersAreBusy) {
  RunOptions run;
  EXPECT_THAT(crew_notes(run, kFour, 3),
              ElementsAre("other processes are busy: 3 threads a trial instead of 4; --threads "
                          "says how many there are"));
  run.threads = 4;
  EXPECT_THAT(crew_notes(run, kFour, 3), IsEmpty());
}

}  // namespace
}  // namespace sslx::sweep
