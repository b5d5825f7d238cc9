// A recorded run made again in the foreground, whatever it ended with.
#include "host/sweep/debug_run.h"

#include <gmock/gmock.h>

#include "tests/host/sweep/reproduce_fixture.h"

namespace sslx::sweep {
namespace {

using ::testing::HasSubstr;

class DebugRunTest : public ReproduceTest {
 protected:
  DebugEnd debug(const DebugOptions& how = {}) {
    ReproduceOptions place;
    place.home = folder_;
    place.host = FAKE_HOST;
    place.keep = keep_;
    return debug_run(database_, kRun, PluginRegistry{}, place, how);
  }
  /// The request that the host was given.
  json request() const {
    const fs::path run = fs::directory_iterator(keep_)->path();
    return json::parse(record::test::read_file(run / "request.json"));
  }

  fs::path keep_;
};

TEST_F(DebugRunTest, AFailedRunIsMadeAgainAndNothingIsRecorded) {
  record("failed");
  const DebugEnd end = debug();
  EXPECT_EQ(end.sentence, "completed");
  EXPECT_EQ(end.code, 0);
  EXPECT_FALSE(fs::exists(folder_ / "reproduced"));
  EXPECT_EQ(record::test::count(database_, "SELECT count(*) FROM run"), 1);
  EXPECT_EQ(record::test::count(database_, "SELECT count(*) FROM reproduction"), 0);
}

TEST_F(DebugRunTest, TheHostIsToldOfAnomaliesAndKeepsNoCheckpoints) {
  record("crashed");
  keep_ = folder_ / "kept";
  debug();
  EXPECT_EQ(request().at("anomaly"), true);
  EXPECT_EQ(request().at("execution").at("checkpoint"), 0);
  EXPECT_EQ(request().at("seed"), 3);
  fs::remove_all(keep_);
  debug({.anomaly = false});
  EXPECT_EQ(request().at("anomaly"), false);
}

TEST_F(DebugRunTest, ItSaysHowItEnded) {
  record();
  setenv("FAKE_HOST_ACT", "diverge", 1);
  EXPECT_EQ(debug().sentence, "diverged: the loss is nan at step 1");
  EXPECT_EQ(debug().code, 1);
  setenv("FAKE_HOST_ACT", "abort", 1);
  EXPECT_EQ(debug().sentence, "crashed: SIGABRT ended it");
  setenv("FAKE_HOST_ACT", "fail", 1);
  EXPECT_EQ(debug().sentence, "ended with exit code 1 and no result");
  unsetenv("FAKE_HOST_ACT");
}

TEST_F(DebugRunTest, WhatIsMissingIsSaid) {
  record("failed");
  fs::remove(plugin_file());
  EXPECT_THAT(record::test::error_of([&] { debug(); }),
              HasSubstr("cannot be made again: the bytes of the method 'succeed'"));
}

}  // namespace
}  // namespace sslx::sweep
