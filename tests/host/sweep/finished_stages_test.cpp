// Which earlier run a new one goes on from, and that its host is told.
#include "host/sweep/finished_stages.h"

#include <gtest/gtest.h>

#include <fstream>

#include "host/machine/cores.h"
#include "host/sweep/claims.h"
#include "host/weights/checkpoint_files.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class FinishedStagesTest : public ::testing::Test {
 protected:
  fs::path run_with(const std::string& name, const std::string& journal) const {
    fs::create_directories(folder_.path / name);
    std::ofstream(folder_.path / name / "journal.jsonl") << journal;
    return folder_.path / name;
  }
  TestFolder folder_;
};

const std::string kStage = R"({"event":"stage","stage":"pretrain"})";
const std::string kNext = R"({"event":"stage","stage":"finetune_1pct"})";

TEST_F(FinishedStagesTest, TheRunWithTheMostStagesIsTheFurthest) {
  const fs::path none = run_with("none", "{\"event\":\"plan\"}\n{\"event\":5}\n");
  const fs::path one = run_with("one", "{\"event\":\"started\"}\n" + kStage + "\n");
  const fs::path two = run_with("two", kStage + "\n[]\n" + kNext + "\n{\"event\":\"sta");
  EXPECT_EQ(furthest_run({}), "");
  EXPECT_EQ(furthest_run({none, folder_.path / "gone"}), "");
  EXPECT_EQ(furthest_run({none, one, two}), two);
  EXPECT_EQ(furthest_run({two, one}), two);
  const fs::path newer = run_with("newer", kStage + "\n");
  EXPECT_EQ(furthest_run({newer, one}), newer);
}

TEST_F(FinishedStagesTest, ACheckpointOfTheStageAfterThemCountsByItsSteps) {
  const auto with = [&](const fs::path& run, const std::string& stage, int64_t step) {
    std::ofstream(run / train::checkpoint_name(stage, step)) << "x";
    return run;
  };
  const fs::path none = run_with("none", "{}\n");
  const fs::path early = with(run_with("early", "{}\n"), "pretrain", 90);
  const fs::path late = with(run_with("late", "{}\n"), "pretrain", 100);
  EXPECT_EQ(furthest_run({none, early, late}), late) << "killed before its first, it hides none";
  const fs::path finished = run_with("finished", kStage + "\n");
  EXPECT_EQ(furthest_run({late, finished}), finished);
  EXPECT_FALSE(has_finished_stage(late));
  EXPECT_FALSE(has_finished_stage(""));
  EXPECT_TRUE(has_finished_stage(finished));
  const fs::path stale = with(run_with("stale", kStage + "\n"), "pretrain", 500);
  EXPECT_EQ(furthest_run({finished, stale}), finished) << "the stage is finished";
  const fs::path within = with(run_with("within", kStage + "\n"), "finetune_1pct", 1);
  EXPECT_EQ(furthest_run({finished, stale, within}), within);
  std::ofstream(none / "checkpoint-pretrain-7.safetensors.part") << "x";
  std::ofstream(none / "checkpoint-pretrain-x.safetensors") << "x";
  EXPECT_EQ(furthest_run({none}), "");
}

struct OneUnfinished : RunRecord {
  explicit OneUnfinished(fs::path run) : folder(std::move(run)) {}
  bool is_done(const Trial&) override { return false; }
  std::vector<fs::path> unfinished(const Trial&) override { return {folder}; }
  std::string ingest(const fs::path& directory) override {
    ran = directory;
    return "";
  }
  fs::path folder;
  fs::path ran;
};

struct Silent : Observer {
  void started(const RunView&) override {}
  void progressed(const std::vector<RunView>&) override {}
  void finished(const RunView&, const Outcome&) override {}
  void note(const std::string&) override {}
};

/// The request of a run of a trial that has such an earlier run.
json request_after(const fs::path& home, const fs::path& earlier, bool again, int threads = 0) {
  Plan plan{"test", "", {}, {}, {}};
  plan.trials.emplace_back();
  plan.trials[0].config = nlohmann::json{{"method", {{"name", "succeed"}}}};
  plan.trials[0].identity = trial_identity(plan.trials[0].config, 0);
  ExecutorOptions options;
  options.home = home;
  options.host = FAKE_HOST;
  options.again = again;
  options.run.threads = threads;
  options.free_cores = 7;
  OneUnfinished record(earlier);
  Silent observer;
  const std::atomic<int> interrupts{0};
  execute(plan, options, record, observer, interrupts);
  return read_claim(record.ran / "request.json");
}

TEST_F(FinishedStagesTest, TheHostIsToldOfTheRunUnlessAllIsToRunAgain) {
  const fs::path earlier = run_with("earlier", kStage + "\n");
  EXPECT_EQ(request_after(folder_.path, earlier, false).value("resume", ""), earlier.string());
  EXPECT_FALSE(request_after(folder_.path, earlier, true).contains("resume"));
  const fs::path stageless = run_with("stageless", "{\"event\":\"started\"}\n");
  EXPECT_FALSE(request_after(folder_.path, stageless, false).contains("resume"));
}

/// Other weights than those of the same number of threads are not taken over; and how many there
/// are by default depends on who else is busy.
TEST_F(FinishedStagesTest, TheHostHasAsManyThreadsAsTheRunThatItGoesOnWith) {
  const fs::path earlier = run_with("earlier", kStage + "\n");
  const auto threads = [&](const std::string& request, bool again, int asked) -> int {
    std::ofstream(earlier / "request.json") << request;
    return request_after(folder_.path, earlier, again, asked).at("execution").at("threads");
  };
  const std::string one = R"({"execution":{"threads":1}})";
  EXPECT_EQ(threads(one, false, 0), 1);
  EXPECT_EQ(threads(one, false, 3), 3) << "they are asked for";
  const int usual = threads(one, true, 0);
  EXPECT_EQ(usual, machine::usual_threads({7, ""})) << "nothing is taken over";
  EXPECT_EQ(threads(R"({"execution":{"threads":100000}})", false, 0), usual) << "so many no more";
  for (const char* broken : {"", "[]", "{}", R"({"execution":{"threads":"x"}})"}) {
    EXPECT_EQ(threads(broken, false, 0), usual) << broken;
  }
}

}  // namespace
}  // namespace sslx::sweep
