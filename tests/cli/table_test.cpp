#include "cli/table.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

namespace sslx::cli {
namespace {

const Table kTable{
    {"variant", "kNN top-1 %", "seeds"},
    1,
    {{{"MoCo_v2", ""}, {"9.5", "11.8"}, {"2", ""}}, {{"R&D", ""}, {"41.3", ""}, {"1/2", ""}}}};

TEST(Table, TextIsAligned) {
  EXPECT_EQ(draw_text(kTable),
            "variant  kNN top-1 %  seeds\n"
            "MoCo_v2   9.5 ± 11.8      2\n"
            "R&D      41.3           1/2\n");
}

TEST(Table, Markdown) {
  EXPECT_EQ(draw_markdown(kTable),
            "| variant | kNN top-1 % | seeds |\n"
            "| --- | ---: | ---: |\n"
            "| MoCo\\_v2 | 9.5 ± 11.8 | 2 |\n"
            "| R&D | 41.3 | 1/2 |\n");
}

TEST(Table, LatexIsBooktabs) {
  EXPECT_EQ(draw_latex(kTable),
            "\\begin{tabular}{lrr}\n\\toprule\n"
            "variant & kNN top-1 \\% & seeds \\\\\n\\midrule\n"
            "MoCo\\_v2 & $9.5 \\pm 11.8$ & 2 \\\\\n"
            "R\\&D & 41.3 & 1/2 \\\\\n"
            "\\bottomrule\n\\end{tabular}\n");
}

TEST(Table, Escapes) {
  EXPECT_EQ(latex_escaped("Δ of 3 ± 1 †"), "$\\Delta$ of 3 $\\pm$ 1 $\\dagger$");
  EXPECT_EQ(latex_escaped("50% of $x_1^2$ #{a}~\\b"),
            "50\\% of \\$x\\_1\\textasciicircum{}2\\$ \\#\\{a\\}\\textasciitilde{}"
            "\\textbackslash{}b");
  EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(display_width("9 ± 1"), 5U);
}

TEST(Table, AnUnknownFormatIsNamed) {
  EXPECT_EQ(format_of("latex"), Format::kLatex);
  try {
    format_of("html");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "there is no format 'html'; it must be text, markdown, csv, latex or json");
    EXPECT_EQ(error.exit_code(), 2);
  }
}

}  // namespace
}  // namespace sslx::cli
