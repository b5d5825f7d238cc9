#include "host/record/sweeps.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include "host/record/connection.h"
#include "host/record/pivot.h"
#include "host/record/schema.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SweepsTest : public RecordTest {
 protected:
  /// The plan of these trials, given with one --set.
  Registered plan(const RunSpec& spec, const std::string& setting,
                  const std::string& file = "demo.toml", const std::string& text = "x") {
    SweepDefinition definition = sweep({spec});
    definition.file = file;
    definition.text = text;
    definition.options = {"--set", setting};
    return register_sweep(database_, definition);
  }

  Database database_{database_file()};
};

TEST_F(SweepsTest, PlansUnderOneNameAreKeptApart) {
  const RunSpec warm{.id = "20260101-000001-aaaaaa", .knn = 40, .axes = {{"t", 0.5}}};
  const RunSpec cold{.id = "20260101-000002-aaaaaa", .knn = 20, .axes = {{"t", 0.1}}};
  EXPECT_EQ(plan(warm, "t=0.5").plan.number, 1);
  const Registered second = plan(cold, "t=0.1");
  EXPECT_EQ(second.plan.number, 2);
  ASSERT_EQ(second.others.size(), 1U);
  EXPECT_THAT(second.others[0].options, ElementsAre("--set", "t=0.5"));
  for (const RunSpec& spec : {warm, cold}) record_run(database_, spec);
  const auto mean = [&](int64_t number) {
    return pivot_sweep(database_, {"demo", number}).rows.at(0).cells.at(0).statistic.mean;
  };
  EXPECT_EQ(mean(1), 40);
  EXPECT_EQ(mean(2), 20);
  EXPECT_EQ(mean(0), 20);  // the last used
  plan(warm, "t=0.5");
  EXPECT_EQ(mean(0), 40);
  EXPECT_EQ(list_plans(database_, "demo").size(), 2U);
  EXPECT_EQ(list_sweeps(database_).at(0).plans, 2);
}

/// Else a command would print the other's table.
TEST_F(SweepsTest, OfTwoThatRegisterAtOnceEachIsToldItsOwn) {
  in_processes(2, [&](int process) {
    Database database(database_file());
    SweepDefinition definition = sweep({{.axes = {{"t", process}}}});
    definition.options = {"--set", "t=" + std::to_string(process)};
    for (int i = 0; i < 60; ++i) {
      if (register_sweep(database, definition).plan.options != definition.options) return false;
    }
    return true;
  });
}

TEST_F(SweepsTest, TheSamePlanIsRegisteredOnce) {
  const RunSpec spec{.axes = {{"t", 0.5}}};
  EXPECT_EQ(plan(spec, "t=0.5").plan.id, plan(spec, "t=0.5").plan.id);
  EXPECT_EQ(count(database_, "SELECT count(*) FROM plan_trial"), 1);
  EXPECT_EQ(plan(spec, "t=0.5", "demo.toml", "edited").plan.number, 2);
  EXPECT_EQ(plan({.seed = 3}, "t=0.5").plan.number, 3);  // as when the data changed
}

TEST_F(SweepsTest, AFileIsTheSameFromAnyFolder) {
  SweepDefinition definition = sweep({{}});
  definition.folder = "/home/me";
  definition.file = "sweeps/../demo.toml";
  EXPECT_EQ(register_sweep(database_, definition).plan.place(), "/home/me/demo.toml");
  definition.folder = "/elsewhere";
  definition.file = "/home/me/demo.toml";
  EXPECT_EQ(register_sweep(database_, definition).plan.place(), "/home/me/demo.toml");
}

TEST_F(SweepsTest, TheOldPlanKeepsItsTrials) {
  register_sweep(database_, sweep({{.seed = 0}, {.seed = 1}}));
  const Registered now = register_sweep(database_, sweep({{.seed = 2}, {.seed = 2}}));
  const SweepDefinition found = read_plan(database_, "demo", now.plan);
  ASSERT_EQ(found.trials.size(), 2U);
  EXPECT_EQ(found.trials[0].seed, 2U);
  EXPECT_EQ(list_sweeps(database_).at(0).planned, 1);
  EXPECT_EQ(read_plan(database_, "demo", now.others.at(0)).trials.size(), 2U);
}

TEST_F(SweepsTest, WhatIsNotThereIsNamed) {
  plan({}, "a=1");
  EXPECT_EQ(error_of([&] { find_plan(database_, "demq"); }),
            "there is no sweep 'demq' in the record; did you mean 'demo'?");
  EXPECT_EQ(error_of([&] { find_plan(database_, "demo", 7); }),
            "the sweep 'demo' has no plan 7; it has 1 to 1");
}

/// A record of schema 1: its sweep becomes the first plan of its name, and is it again when the
/// same file is run; its trials learn what they were trained by.
TEST(Migration, FromSchema1) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("sslx-v1-" + std::to_string(getpid()) + ".db");
  std::filesystem::remove(file);
  const nlohmann::json config{{"method", {{"name", "simclr"}}}, {"evaluate", {{"k", 5}}}};
  SweepDefinition sweep{"old",  "Old", "old.toml",
                        "text", {},    {{"t0", config, 18446744073709551615U, "A", {}, ""}},
                        {},     "",    ""};
  {
    SQLite::Database handle(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    handle.exec(kMigrations[0]);
    handle.exec("PRAGMA user_version = 1; PRAGMA application_id = " +
                std::to_string(kApplicationId));
    handle.exec(
        "INSERT INTO sweep VALUES (4, 'old', 'Old', 'old.toml', 'text', "
        "'982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1', '{}', 1, "
        "'2026', '2026')");
    handle.exec("INSERT INTO trial VALUES ('t0', '" + config.dump() +
                "', '', -1, '', '', 'simclr', '', '2026')");
    handle.exec("INSERT INTO sweep_trial VALUES (4, 0, 't0', 'A', '{}')");
    handle.exec(
        "INSERT INTO run (id, trial, attempt, sweep, variant, axes, state, started, "
        "directory, provenance, host_sha256, git_commit, git_dirty, data_path, execution) "
        "VALUES ('r', 't0', 1, 'old', 'A', '{}', 'completed', '2026', '/', 'p', 'h', '', "
        "0, '', '{}')");
  }
  Database database(file);
  EXPECT_EQ(list_sweeps(database).at(0).done, 1);
  sweep.trials[0].axes = nlohmann::json::object();
  const Registered again = register_sweep(database, sweep);
  EXPECT_EQ(again.plan.number, 1);
  EXPECT_THAT(again.others, IsEmpty());
  database.read([&](Connection& handle) {
    EXPECT_EQ(handle.execAndGet("SELECT training FROM trial").getString(),
              training_of(sweep.trials[0]));
    EXPECT_FALSE(SQLite::Statement(handle, "PRAGMA foreign_key_check").executeStep());
  });
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace sslx::record::test
