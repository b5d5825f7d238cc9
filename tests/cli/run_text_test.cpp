#include "cli/run_text.h"

#include <gmock/gmock.h>

#include "tests/host/record/record_fixture.h"

namespace sslx::cli {
namespace {

using record::test::RunSpec;
using ::testing::HasSubstr;
using ::testing::Not;

class RunTextTest : public record::test::RecordTest {
 protected:
  record::RunDetails details(const RunSpec& spec) {
    record_run(database_, spec);
    return record::run_details(database_, spec.id);
  }
  record::Database database_{database_file()};
};

TEST_F(RunTextTest, ShowsEverything) {
  const std::string text = run_text(details({.id = "20260101-000001-aaaaaa"}));
  for (const char* part :
       {"run 20260101-000001-aaaaaa: completed\n", "knn_top1  40 % @58de46f6: probe knn, k 20",
        "peak_memory_bytes  300 MiB", "method simclr  1.0.0  aa", "loss  2.5 ... nan (2 values)",
        "method/parameters/temperature  0.5", "warning: one image was unreadable"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(RunTextTest, ListsRuns) {
  details({.id = "20260101-000001-aaaaaa", .state = "failed", .message = "it threw"});
  RunList list;
  EXPECT_EQ(list.text(), "no such run is recorded\n");
  record::each_run(database_, "", {}, [&](const record::RunSummary& run) { list.add(run); });
  EXPECT_EQ(list.text(),
            "run                     sweep  trial  seed  attempt  state   seconds  message\n"
            "20260101-000001-aaaaaa  demo   A         0        1  failed     13.0  it threw\n");
}

TEST_F(RunTextTest, DifferenceIsOnlyWhatDiffers) {
  const std::string a = "20260101-000001-aaaaaa";
  const std::string same = "20260101-000002-aaaaaa";
  const std::string other = "20260101-000003-aaaaaa";
  details({.id = a});
  details({.id = same});
  details({.id = other, .seed = 1, .knn = 41, .plugin_sha256 = "bb"});
  EXPECT_EQ(difference_text(record::compare_runs(database_, a, same)),
            "20260101-000001-aaaaaa -> 20260101-000002-aaaaaa\nnothing differs\n");
  EXPECT_EQ(difference_text(record::compare_runs(database_, a, other)),
            "20260101-000001-aaaaaa -> 20260101-000003-aaaaaa\n"
            "configuration\n  seed: 0 -> 1\n"
            "plugins\n  method simclr: 1.0.0 aa -> 1.0.0 bb\n"
            "results\n  knn_top1 @58de46f6: 40 % -> 41 % (+1 points)\n");
}

/// From the environment to the last bit of a loss.
TEST_F(RunTextTest, DifferenceGoesToTheCompilerAndTheFirstStep) {
  record::RunComparison runs;
  runs.a.summary.id = "a";
  runs.b.summary.id = "b";
  runs.a.config = runs.b.config = {{"train", {{"epochs", 1}}}};
  runs.a.plugins = {{"method", "m", "1.0.0", "aa", "GCC: 12"}};
  runs.b.plugins = {{"method", "m", "1.0.0", "aa", "clang 16"}};
  runs.a.facts = {{"driver_version", "550"}, {"environment", {{"MKL_CBWR", "AVX2"}}}};
  runs.b.facts = {{"driver_version", "560"}, {"environment", nlohmann::json::object()}};
  runs.a.results = {{"loss", 2, "", "pppppppp", {}, 0},
                    {"knn_top1", 40.25, "%", "pppppppp", {}, 0}};
  runs.b.results = {{"loss", 2.5, "", "pppppppp", {}, 0}, {"knn_top1", 40, "%", "pppppppp", {}, 0}};
  runs.metrics = {{"loss", 10, 2, 1}, {"lr", 10, 0.5, 0.5}, {"none", 10, NAN, NAN}};
  runs.difference_a = "diff --git a/x.cpp b/x.cpp\n+1\ndiff --git a/y.cpp b/y.cpp\n+1\n";
  runs.difference_b = "diff --git a/x.cpp b/x.cpp\n+2\ndiff --git a/y.cpp b/y.cpp\n+1\n";
  runs.has_losses_a = runs.has_losses_b = true;
  runs.losses = {119, record::LossParting{"pretrain", 120, 0.1F, 0.1F + 1e-8F}};
  EXPECT_EQ(difference_text(runs),
            "a -> b\n"
            "plugins\n  method m, compiler: GCC: 12 -> clang 16\n"
            "sources\n  uncommitted x.cpp: 1 line @2be5b899 -> 1 line @88e243fa\n"
            "environment\n  driver_version: 550 -> 560\n"
            "  environment MKL_CBWR: AVX2 -> none\n"
            "results\n  knn_top1 @pppppppp: 40.25 % -> 40 % (-0.25 points)\n"
            "  loss @pppppppp: 2  -> 2.5  (+0.5, +25 %)\n"
            "training, at the last step that both have\n  loss at step 10: 2 -> 1 (-1, -50 %)\n"
            "losses part at step 120 of pretrain: 0.100000001 -> 0.100000009 (after 119 steps "
            "alike)\n");
  runs.losses = {240, {}};
  EXPECT_THAT(difference_text(runs), HasSubstr("\nlosses never part: 240 steps alike\n"));
  runs.has_losses_b = false;
  EXPECT_THAT(difference_text(runs), HasSubstr("\nlosses: those of b are not recorded\n"));
}

/// The chain stands between the figures and the facts, and is whole in JSON, too.
TEST_F(RunTextTest, ShowsTheChain) {
  record::RunDetails run = details({.id = "20260101-000001-aaaaaa"});
  run.verdict.emplace();
  run.verdict->verdict = "same bits";
  run.verdict->host = "box";
  run.verdict->time = "2026-02-01T00:00:00.000Z";
  const std::vector<ChainLink> chain{{"weights", "pretrain: w 1a2b3c4d", "as recorded"},
                                     {"log", "kept", ""}};
  EXPECT_THAT(
      run_text(run, chain),
      HasSubstr("\nfrom the figures to the bytes\n"
                "  weights  pretrain: w 1a2b3c4d [as recorded]\n  log      kept\n\nfacts\n"));
  const nlohmann::json json = run_json(run, chain);
  EXPECT_EQ(json["chain"][0]["found"], "as recorded");
  EXPECT_EQ(json["results"][0]["value"], 40.0);
  EXPECT_EQ(json["results"][0]["journal_line"], 5);
  EXPECT_EQ(json["plugins"][0]["sha256"], "aa");
  EXPECT_EQ(json["made_again"]["verdict"], "same bits");
  EXPECT_TRUE(json["training"]["loss"]["last"].is_null());
}

}  // namespace
}  // namespace sslx::cli
