#include "cli/report_render.h"

#include <gmock/gmock.h>

#include "tests/host/record/record_fixture.h"

namespace sslx::cli {
namespace {

using record::test::RunSpec;
using ::testing::HasSubstr;

class ReportTest : public record::test::RecordTest {
 protected:
  ReportTest() {
    const RunSpec a0{.id = "20260101-000001-aaaaaa", .knn = 40};
    const RunSpec a1{.id = "20260101-000002-aaaaaa", .seed = 1, .knn = 42};
    const RunSpec b0{.id = "20260101-000003-aaaaaa",
                     .variant = "B",
                     .knn = 50,
                     .state = "collapsed",
                     .message = "all features are alike"};
    const RunSpec b1{.id = "", .variant = "B", .seed = 1};
    register_sweep(database_, sweep({a0, a1, b0, b1}));
    for (const RunSpec& spec : {a0, a1, b0}) record_run(database_, spec);
  }
  std::string report(Format format) { return render_sweep(database_, {"demo"}, format); }

  record::Database database_{database_file()};
};

TEST_F(ReportTest, Text) {
  EXPECT_EQ(report(Format::kText),
            "demo: A demonstration\n\n"
            "variant              kNN top-1 %  seeds  images/s  peak memory\n"
            "A        41.0 ± 12.7                  2      1000      300 MiB\n"
            "B        50.0        (collapsed)    1/2      1000      300 MiB\n\n"
            "mean ± half-width of the 95 % interval over seeds (Student's t)\n"
            "knn_top1 @58de46f6: probe knn, k 20\n"
            "collapsed: B, seed 0 (20260101-000003-aaaaaa): all features are alike\n"
            "warning: one image was unreadable\n"
            "missing: 1 trial (B, seed 1); `sslx sweep demo.toml` goes on\n"
            "plan: demo.toml @4dae0fd5\n"
            "cost: 39 s of 3 runs, one after the other\n"
            "machine: box, cpu, 2 threads, bf16, channels-last\n"
            "versions: sslx 0.1.0, LibTorch 2.11.0, commit 1234567\n");
}

TEST_F(ReportTest, Markdown) {
  EXPECT_THAT(report(Format::kMarkdown),
              HasSubstr("### A demonstration\n\n"
                        "| variant | kNN top-1 % | seeds | images/s | peak memory |\n"
                        "| --- | ---: | ---: | ---: | ---: |\n"
                        "| A | 41.0 ± 12.7 | 2 | 1000 | 300 MiB |\n"
                        "| B | 50.0 (collapsed) | 1/2 | 1000 | 300 MiB |\n\n- mean ±"));
}

TEST_F(ReportTest, Latex) {
  EXPECT_THAT(report(Format::kLatex),
              HasSubstr("A & $41.0 \\pm 12.7$ & 2 & 1000 & 300 MiB \\\\\n"
                        "B & 50.0 (collapsed) & 1/2 & 1000 & 300 MiB \\\\\n\\bottomrule"));
}

TEST_F(ReportTest, CsvHasRawNumbers) {
  const std::string text = report(Format::kCsv);
  EXPECT_THAT(text, HasSubstr("variant,metric,unit,protocol,mean,half_width_95,seeds,"
                              "seeds_planned,values\nA,knn_top1,%,58de46f6"));
  EXPECT_THAT(text, HasSubstr(",41,12.70620"));
  EXPECT_THAT(text, HasSubstr(",2,2,0:40;1:42\n"));
  EXPECT_THAT(text, HasSubstr(",50,,1,2,0:50\n"));
}

TEST_F(ReportTest, JsonHasRawNumbers) {
  const auto json = nlohmann::json::parse(report(Format::kJson));
  const auto& figure = json["figures"][0];
  EXPECT_EQ(figure["row"]["variant"], "A");
  EXPECT_EQ(figure["mean"], 41);
  EXPECT_EQ(figure["seeds"], 2);
  EXPECT_EQ(figure["values"][1]["run"], "20260101-000002-aaaaaa");
  EXPECT_EQ(json["runs"][0]["state"], "collapsed");
  EXPECT_EQ(json["missing"][0], "B, seed 1");
  EXPECT_EQ(json["warnings"], nlohmann::json({"one image was unreadable"}));
}

/// In every format the mark, and what has changed; figures of other origins have none.
TEST_F(ReportTest, StaleFiguresAreMarked) {
  record::Pivot pivot = record::pivot_sweep(database_, {"demo"});
  ASSERT_EQ(pivot.origins.size(), 1U);
  EXPECT_EQ(pivot.origins[0].digests.at("method simclr"), "aa");
  EXPECT_EQ(pivot.origins[0].data.at(0).config.at("fingerprint"), "dd");
  pivot.origins.push_back(pivot.origins[0]);
  pivot.origins[1].changed = {"method simclr", "data"};
  for (record::PivotCell& cell : pivot.rows[0].cells) {
    for (record::Sample& sample : cell.samples) sample.origin = sample.seed;
  }
  const std::string text = render_pivot(pivot, Format::kText);
  EXPECT_THAT(text, HasSubstr("variant              kNN top-1 %  seeds  images/s  peak memory\n"
                              "A        41.0 ± 12.7 †                2    1000 †    300 MiB †\n"
                              "B        50.0        (collapsed)    1/2    1000      300 MiB\n"));
  EXPECT_THAT(text, HasSubstr("† stale: 1 of 3 runs were made by what has changed since: data, "
                              "method simclr\n"));
  EXPECT_THAT(render_pivot(pivot, Format::kMarkdown), HasSubstr("| A | 41.0 ± 12.7 † | 2 |"));
  EXPECT_THAT(render_pivot(pivot, Format::kLatex),
              HasSubstr("A & $41.0 \\pm 12.7$$^{\\dagger}$ & 2 &"));
  const std::string csv = render_pivot(pivot, Format::kCsv);
  EXPECT_THAT(csv, HasSubstr(",values,stale\n"));
  EXPECT_THAT(csv, HasSubstr("0:40;1:42,data; method simclr\n"));
  EXPECT_THAT(csv, HasSubstr("0:50,\n"));
  const auto json = nlohmann::json::parse(render_pivot(pivot, Format::kJson));
  const auto& values = json["figures"][0]["values"];
  EXPECT_FALSE(values[0].contains("stale"));
  EXPECT_EQ(values[1]["stale"], nlohmann::json({"method simclr", "data"}));
}

TEST_F(ReportTest, ProtocolsThatDifferAreExplained) {
  const RunSpec a{.id = "20260101-000004-aaaaaa", .variant = "C", .seed = 5};
  const RunSpec b{.id = "20260101-000005-aaaaaa", .variant = "C", .seed = 6, .k = 200};
  register_sweep(database_, sweep({a, b}));
  record_run(database_, a);
  record_run(database_, b);
  const std::string text = report(Format::kText);
  EXPECT_THAT(text, HasSubstr("kNN top-1 % @58de46f6"));
  EXPECT_THAT(text, HasSubstr("knn_top1 was measured under 2 protocols, which are not comparable; "
                              "k: "));
}

/// The command is repeated as it was given, and taken literally runs the same trials.
TEST_F(ReportTest, GoingOnRepeatsTheCommand) {
  record::SweepDefinition definition = sweep({{.id = "", .variant = "Z"}});
  definition.options = {"--scale", "small", "--set", "data.path='my data'"};
  definition.command = "./sslx --home h sweep demo.toml --scale small --set data.path='my data'";
  definition.folder = "/some/where";
  register_sweep(database_, definition);
  EXPECT_THAT(report(Format::kText),
              HasSubstr("`cd /some/where && ./sslx --home h sweep demo.toml --scale small --set "
                        "data.path='my data'` goes on\n"));
  EXPECT_THAT(report(Format::kText),
              HasSubstr("plan 2 of 2 under this name: demo.toml @4dae0fd5, --scale small, --set "
                        "data.path='my data'\n"
                        "another plan: 1 (demo.toml @4dae0fd5); `sslx report demo --plan 1` prints "
                        "it\n"));
}

TEST_F(ReportTest, AWholeTableSaysWhatMakesItAgain) {
  record::SweepDefinition definition = sweep({{.id = "", .variant = "A", .seed = 0}});
  definition.options = {"--scale", "small"};
  definition.command = "./sslx sweep demo.toml --scale small";
  register_sweep(database_, definition);
  const std::string text = report(Format::kText);
  EXPECT_THAT(text, HasSubstr("demo.toml @4dae0fd5, --scale small; `./sslx sweep demo.toml --scale "
                              "small` makes it again\n"));
  EXPECT_THAT(text, Not(HasSubstr("goes on")));
}

/// Old and new code of one method: never in one mean, and the reader is told of both.
TEST_F(ReportTest, SeveralSetsOfPluginsAreSaid) {
  record_run(database_, {.id = "20260101-000009-aaaaaa", .knn = 90, .plugin_sha256 = "bbbbbbbb2"});
  const std::string text = report(Format::kText);
  EXPECT_THAT(text, HasSubstr("A               90.0    1/2"));
  EXPECT_THAT(text, HasSubstr("runs of several sets of plugins or hosts are recorded, and never "
                              "averaged; shown: "));
  EXPECT_THAT(text, HasSubstr("(method simclr bbbbbbbb; 1 of 4 trials); others: "));
  EXPECT_THAT(text, HasSubstr("(method simclr aa; 3 of 4 trials); `sslx report demo --plugins "
                              "DIGEST` chooses, --by plugin sets them side by side\n"));
  const auto json = nlohmann::json::parse(report(Format::kJson));
  EXPECT_EQ(json["builds"][1]["trials_ended"], 3);
  EXPECT_EQ(json["plugins"]["method simclr"], "bbbbbbbb2");
}

/// The published column stands beside the metric it is of, and says what was not read.
TEST_F(ReportTest, APublishedColumn) {
  const RunSpec a{.id = "20260101-000006-aaaaaa", .variant = "A", .knn = 40};
  const RunSpec b{.id = "", .variant = "E"};
  const RunSpec c{.id = "", .variant = "C"};
  const RunSpec d{.id = "", .variant = "D"};
  record::SweepDefinition definition = sweep({a, b, c, d});
  definition.table = nlohmann::json::parse(R"({"rows": ["variant"], "columns": [],
    "metrics": ["seeds", "knn_top1", "images_per_second"], "published": {
    "id": "p.t", "paper": "Several papers", "arxiv": "-", "where": "their tables",
    "dataset": "cifar-10", "metric": "knn_top1", "unit": "%", "verified": "paper-text",
    "keys": {"variant": "method"}, "values": {"A": "alpha"}, "rows": [
      {"method": "alpha", "value": 84.75}, {"method": "E", "value": 32, "verified": "memory"},
      {"method": "C", "value": 1}, {"method": "C", "value": 2}]}})");
  register_sweep(database_, definition);
  record_run(database_, a);
  const std::string text = report(Format::kText);
  EXPECT_THAT(text, HasSubstr("variant  seeds  kNN top-1 %  published kNN top-1 %  images/s\n"
                              "A            1         40.0                  84.75      1000\n"
                              "E          0/1      missing                  *32.0         -\n"
                              "C          0/1      missing                      ?         -\n"
                              "D          0/1      missing                                -\n"));
  EXPECT_THAT(text, HasSubstr("published: Several papers, their tables: knn_top1 % on cifar-10 "
                              "[p.t]\n"
                              "the published figures' source: paper-text\n"
                              "* recalled from memory, NOT read in any source\n"
                              "? several published rows fit C; `select` of [table.published] in "
                              "the sweep file would choose one\n"));
  EXPECT_THAT(report(Format::kMarkdown), HasSubstr("| A | 1 | 40.0 | 84.75 | 1000 |\n"));
  EXPECT_THAT(report(Format::kCsv), HasSubstr(",0:40,84.75,paper-text\n"));
}

}  // namespace
}  // namespace sslx::cli
