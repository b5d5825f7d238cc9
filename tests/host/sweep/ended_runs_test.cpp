// What commands tell one another of runs that have ended.
#include "host/sweep/ended_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EndedRunsTest : public ::testing::Test {
 protected:
  /// A run of this trial, which has ended.
  void end(const std::string& run, const std::string& request) const {
    const std::filesystem::path directory = folder_.path / run;
    std::filesystem::create_directories(directory);
    std::ofstream(directory / "request.json") << request;
    note_ended(directory);
  }
  TestFolder folder_;
};

TEST_F(EndedRunsTest, RunsAreFoundByTheirTrialAndTheirTraining) {
  end("b", R"({"trial": "t", "training": "w"})");
  end("a", R"({"trial": "t", "training": "w"})");
  end("c", R"({"trial": "u", "training": "w"})");
  const EndedRuns runs(folder_.path);
  EXPECT_THAT(runs.of_trial("t"), ElementsAre("b", "a"));
  EXPECT_THAT(runs.of_trial("u"), ElementsAre("c"));
  EXPECT_THAT(runs.of_training("w"), ElementsAre("b", "a", "c"));
  EXPECT_THAT(runs.of_trial("w"), IsEmpty());
  EXPECT_THAT(runs.of_trial("v"), IsEmpty());
}

TEST_F(EndedRunsTest, WhatIsNoTrialIsPassedOver) {
  end("a", "no request");
  end("b", R"({"trial": "../t", "training": ""})");
  const EndedRuns runs(folder_.path);
  EXPECT_THAT(runs.of_trial("../t"), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder_.path / "t"));
  end("c", R"({"trial": "t"})");
  std::ofstream(folder_.path / "ended" / "t", std::ios::app) << "../elsewhere\n\nd";
  EXPECT_THAT(runs.of_trial("t"), ElementsAre("c", "d"));
}

TEST_F(EndedRunsTest, AllAreListedAgainAfterAWhile) {
  EndedRuns runs(folder_.path);
  end("a", R"({"trial": "t", "training": "w"})");
  EXPECT_TRUE(runs.may_have("t"));
  EXPECT_FALSE(runs.may_have("u"));
  end("b", R"({"trial": "u", "training": "w"})");
  EXPECT_FALSE(runs.may_have("u")) << "a moment ago there was none";
  for (int i = 0; i < 100 && !runs.may_have("u"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(runs.may_have("u"));
}

}  // namespace
}  // namespace sslx::sweep
