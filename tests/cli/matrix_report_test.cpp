#include <gmock/gmock.h>

#include <sstream>

#include "cli/report_render.h"
#include "tests/host/record/record_fixture.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using record::test::RunSpec;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kOurs =
    "ours: kNN top-1 % (rows: first, columns: second)\n"
    "first  crop  color  blur  average\n"
    "crop   30.0   50.0  32.0     37.3\n"
    "color  52.0   20.0  22.0     31.3\n"
    "blur   31.0      -  10.0    ~20.5\n";
const char* const kTheirs =
    "published (recalled from memory): kNN top-1 %\n"
    "first  crop  color   blur  average\n"
    "crop   33.1   56.3   35.0     39.2\n"
    "color  55.8   18.8   16.5     30.4\n"
    "blur   35.1   16.6  fails    ~25.9\n";

class MatrixReport : public record::test::RecordTest {
 protected:
  MatrixReport() {
    add("crop", "crop", 30);
    add("crop", "color", 50);
    add("crop", "blur", 32);
    add("color", "crop", 52);
    add("color", "color", 20);
    add("color", "blur", 22);
    add("blur", "crop", 31);
    add("blur", "color", std::nullopt);
    add("blur", "blur", 10);
    record::SweepDefinition definition = sweep(specs_);
    definition.table = json::parse(R"({"rows": ["first"], "columns": ["second"],
      "metrics": ["knn_top1"], "style": "matrix", "average": true, "published": {
      "id": "paper.fig5", "paper": "A paper", "arxiv": "2002.05709", "where": "Figure 5",
      "dataset": "imagenet-1k", "metric": "knn_top1", "unit": "%", "verified": "memory",
      "note": "rows first", "common": {"backbone": "resnet50", "epochs": 100},
      "keys": {"first": "op1", "second": "op2"}, "rows": [
        {"op1": "crop", "op2": "crop", "value": 33.1}, {"op1": "crop", "op2": "color", "value": 56.3},
        {"op1": "crop", "op2": "blur", "value": 35.0}, {"op1": "crop", "op2": "average", "value": 39.2},
        {"op1": "color", "op2": "crop", "value": 55.8}, {"op1": "color", "op2": "color", "value": 18.8},
        {"op1": "color", "op2": "blur", "value": 16.5}, {"op1": "blur", "op2": "crop", "value": 35.1},
        {"op1": "blur", "op2": "color", "value": 16.6},
        {"op1": "blur", "op2": "blur", "outcome": "fails"}]}})");
    register_sweep(database_, definition);
    for (const RunSpec& spec : specs_) {
      if (!spec.id.empty()) record_run(database_, spec);
    }
  }

  void add(const char* first, const char* second, std::optional<double> knn) {
    const std::string id = "20260101-00000" + std::to_string(specs_.size()) + "-aaaaaa";
    specs_.push_back({.id = knn ? id : "",
                      .knn = knn.value_or(0),
                      .axes = {{"first", first}, {"second", second}}});
  }
  std::string report(Format format, const Screen& screen = {}) {
    return render_sweep(database_, {"demo"}, format, screen);
  }

  std::vector<RunSpec> specs_;
  record::Database database_{database_file()};
};

TEST_F(MatrixReport, TextHasOneBelowTheOther) {
  EXPECT_EQ(
      report(Format::kText),
      std::string("demo: A demonstration\nbeside ours, and not comparable as numbers: A paper "
                  "(arXiv:2002.05709), Figure 5: knn_top1 % on imagenet-1k, backbone "
                  "resnet50, epochs 100\n\n") +
          kOurs + '\n' + kTheirs +
          "\n~ the average of the cells that are there; others of the row are missing\n"
          "rank correlation of ours and the published: 0.80 (Spearman, the 5 off-diagonal "
          "cells that both have)\n"
          "knn_top1 @58de46f6: probe knn, k 20\n"
          "published: A paper (arXiv:2002.05709), Figure 5: knn_top1 % on imagenet-1k, "
          "backbone resnet50, epochs 100 [paper.fig5]\n"
          "the published figures are recalled from memory; they were NOT read in any source\n"
          "published note: rows first\n"
          "warning: one image was unreadable\n"
          "missing: 1 trial (A, first=blur, second=color, seed 0); `sslx sweep demo.toml` "
          "goes on\n"
          "plan: demo.toml @4dae0fd5\n"
          "cost: 1 min 44 s of 8 runs, one after the other\n"
          "machine: box, cpu, 2 threads, bf16, channels-last\n"
          "versions: sslx 0.1.0, LibTorch 2.11.0, commit 1234567\n");
}

/// Ours and the averages over them; the published ones are as they are.
TEST_F(MatrixReport, StaleCellsAreMarked) {
  record::Pivot pivot = record::pivot_sweep(database_, {"demo"});
  ASSERT_EQ(pivot.origins.size(), 1U);
  pivot.origins.push_back(pivot.origins[0]);
  pivot.origins[1].changed = {"host"};
  pivot.rows[0].cells[1].samples.at(0).origin = 1;
  EXPECT_THAT(render_pivot(pivot, Format::kText), HasSubstr("first  crop   color  blur  average\n"
                                                            "crop   30.0  50.0 †  32.0   37.3 †\n"
                                                            "color  52.0  20.0    22.0   31.3\n"));
  EXPECT_THAT(render_pivot(pivot, Format::kLatex), HasSubstr("50.0$^{\\dagger}$"));
}

TEST_F(MatrixReport, AWideScreenHasThemBesideEachOther) {
  const std::string text = report(Format::kText, {ColourDepth::kNone, 200});
  EXPECT_THAT(text,
              HasSubstr("ours: kNN top-1 % (rows: first, columns: second)    published (recalled "
                        "from memory): kNN top-1 %\n"
                        "first  crop  color  blur  average                   first  crop  color   "
                        "blur  average\n"));
  EXPECT_THAT(text, HasSubstr("blur   31.0      -  10.0    ~20.5                   blur   35.1   "
                              "16.6  fails    ~25.9\n"));
  EXPECT_EQ(report(Format::kText, {ColourDepth::kNone, 80}), report(Format::kText));
}

/// The least and the greatest of each are the ends of the scale; what is missing has no colour.
TEST_F(MatrixReport, ColourAddsNothingButEscapes) {
  for (const size_t width : {0, 200}) {
    const std::string text = report(Format::kText, {ColourDepth::kTrue, width});
    std::string plain;
    std::istringstream lines(without_colour(text));
    for (std::string line; std::getline(lines, line);) {
      plain += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    EXPECT_EQ(plain, report(Format::kText, {ColourDepth::kNone, width}));
    EXPECT_THAT(text, HasSubstr("\033[38;5;231m\033[48;2;68;1;84m 10.0 \033[0m"));
    EXPECT_THAT(text, HasSubstr("\033[38;5;16m\033[48;2;253;231;37m 52.0 \033[0m"));
    EXPECT_THAT(text, HasSubstr("\033[48;2;253;231;37m  56.3 \033[0m"));
    EXPECT_THAT(text, HasSubstr("\033[0m     - \033["));
  }
  EXPECT_THAT(report(Format::kText), Not(HasSubstr("\033")));
  EXPECT_THAT(report(Format::kMarkdown, {ColourDepth::kTrue, 200}), Not(HasSubstr("\033")));
}

TEST_F(MatrixReport, Markdown) {
  EXPECT_THAT(report(Format::kMarkdown),
              HasSubstr("### A demonstration\n\n"
                        "beside ours, and not comparable as numbers: A paper (arXiv:2002.05709), "
                        "Figure 5: knn\\_top1 % on imagenet-1k, backbone resnet50, epochs 100\n\n"
                        "**ours: kNN top-1 % (rows: first, columns: second)**\n\n"
                        "| first | crop | color | blur | average |\n"
                        "| --- | ---: | ---: | ---: | ---: |\n"
                        "| crop | 30.0 | 50.0 | 32.0 | 37.3 |\n"
                        "| color | 52.0 | 20.0 | 22.0 | 31.3 |\n"
                        "| blur | 31.0 | - | 10.0 | ~20.5 |\n\n"
                        "**published (recalled from memory): kNN top-1 %**\n\n"
                        "| first | crop | color | blur | average |\n"));
  EXPECT_THAT(report(Format::kMarkdown), HasSubstr("- rank correlation of ours"));
  EXPECT_THAT(report(Format::kMarkdown), HasSubstr("they were NOT read in any source"));
}

TEST_F(MatrixReport, LatexHasCellColours) {
  const std::string text = report(Format::kLatex);
  EXPECT_THAT(text, HasSubstr("% needs \\usepackage{booktabs} and \\usepackage[table]{xcolor}\n"));
  EXPECT_THAT(text, HasSubstr("published (recalled from memory): kNN top-1 \\%\\par\n"
                              "\\begin{tabular}{lrrrr}\n"));
  EXPECT_THAT(text, HasSubstr(" & - & \\cellcolor[RGB]{68,1,84}\\textcolor{white}{10.0} & "));
  EXPECT_THAT(text, HasSubstr("color & \\cellcolor[RGB]{253,231,37}52.0 & "));
  EXPECT_THAT(text, HasSubstr("\\textasciitilde{}20.5"));
}

TEST_F(MatrixReport, CsvHasBoth) {
  const std::string text = report(Format::kCsv);
  EXPECT_THAT(text, HasSubstr("first,second,metric,unit,protocol,mean,half_width_95,seeds,"
                              "seeds_planned,values,published,published_verified\n"));
  EXPECT_THAT(text, HasSubstr("crop,color,knn_top1,%,58de46f6"));
  EXPECT_THAT(text, HasSubstr(",50,,1,1,0:50,56.3,memory\n"));
  EXPECT_THAT(text, HasSubstr(",,,0,1,,16.6,memory\n"));
  EXPECT_THAT(text, HasSubstr(",10,,1,1,0:10,fails,memory\n"));
}

TEST_F(MatrixReport, JsonHasBoth) {
  const json all = json::parse(report(Format::kJson));
  const json& matrix = all["matrices"].at(0);
  EXPECT_EQ(matrix["metric"], "knn_top1");
  EXPECT_EQ(matrix["rows"].dump(), R"([["crop"],["color"],["blur"]])");
  EXPECT_EQ(matrix["means"].dump(), "[[30.0,50.0,32.0],[52.0,20.0,22.0],[31.0,null,10.0]]");
  EXPECT_EQ(matrix["averages"][2].dump(), R"({"mean":20.5,"partial":true})");
  EXPECT_EQ(matrix["published"]["means"][0].dump(), "[33.1,56.3,35.0]");
  EXPECT_EQ(matrix["published"]["recalled"], true);
  EXPECT_EQ(matrix["rank_correlation"]["cells"], 5);
  EXPECT_NEAR(matrix["rank_correlation"]["spearman"], 0.8, 1e-12);
  EXPECT_EQ(all["published"]["id"], "paper.fig5");
  EXPECT_EQ(all["figures"][1]["published"].dump(), R"({"value":56.3,"verified":"memory"})");
}

TEST_F(MatrixReport, SeveralSeedsAreSaid) {
  RunSpec again = specs_[0];
  again.id = "20260101-000050-aaaaaa";
  again.seed = 1;
  again.knn = 32;
  specs_.push_back(again);
  record::SweepDefinition definition = sweep(specs_);
  definition.table = {
      {"rows", {"first"}}, {"columns", {"second"}}, {"metrics", {"knn_top1"}}, {"style", "matrix"}};
  register_sweep(database_, definition);
  record_run(database_, again);
  const std::string text = report(Format::kText);
  EXPECT_THAT(text, HasSubstr("crop   31.0   50.0  32.0\n"));
  EXPECT_THAT(text, HasSubstr("each cell is the mean over seeds; the widest 95 % interval "
                              "(Student's t) is ± 12.7\n"));
  EXPECT_THAT(text, Not(HasSubstr("published")));
}

}  // namespace
}  // namespace sslx::cli
