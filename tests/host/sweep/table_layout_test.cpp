#include "host/sweep/table_layout.h"

#include <gtest/gtest.h>

#include "host/sweep/published_tables.h"
#include "tests/host/sweep/sweep_fixture.h"

#include <fstream>

namespace sslx::sweep {
namespace {

using nlohmann::json;

std::string layout_error(const std::string& more) {
  return message_of([&] { sweep_of("[table]\n" + more); });
}

TEST(TableLayout, AMatrixIsRecordedAsOne) {
  const TableLayout layout = sweep_of(R"([table]
style = "matrix"
rows = ["first"]
columns = ["second"]
metrics = ["linear_top1"]
average = true
)")
                                 .table;
  EXPECT_EQ(layout.recorded().dump(),
            R"({"average":true,"columns":["second"],"metrics":["linear_top1"],"rows":["first"],)"
            R"("style":"matrix"})");
}

TEST(TableLayout, Messages) {
  EXPECT_EQ(layout_error("averages = true\n"),
            "demo.toml:2: table has no key 'averages'; the nearest is 'average'");
  EXPECT_EQ(layout_error("rows = \"a\"\n"),
            "demo.toml:2: 'rows' is \"a\"; it must be a list of strings, as [\"variant\"]");
  EXPECT_EQ(layout_error("rows = [\"variant\", \"variant\"]\n"),
            "demo.toml:2: 'rows' of the table has 'variant' twice; each must differ");
  EXPECT_EQ(layout_error("style = \"matrx\"\n"),
            "demo.toml:2: table: 'style' is \"matrx\"; it must be one of plain, matrix");
  EXPECT_EQ(layout_error("style = \"matrix\"\n"),
            "demo.toml:2: 'style' of the table is \"matrix\"; it must be \"plain\", since a matrix "
            "needs rows and columns");
  EXPECT_EQ(layout_error("average = 1\n"),
            "demo.toml:2: table: 'average' is 1; it must be true or false");
  EXPECT_EQ(layout_error("average = true\n"),
            "demo.toml:2: 'average' of the table is true; it must be false, since only style = "
            "\"matrix\" has averages");
  EXPECT_EQ(
      layout_error("baseline = {}\n"),
      "demo.toml:2: 'baseline' of the table is {}; it must be values of a row, as { variant = "
      "\"SimCLR\" }");
  EXPECT_EQ(layout_error("baseline = { varaint = \"A\" }\n"),
            "demo.toml:2: the table's rows has no key 'varaint'; the nearest is 'variant'");
  EXPECT_EQ(layout_error("published = 1\n"),
            "demo.toml:2: 'published' of the table is 1; it must be the id of a published table, "
            "or a table with one, as { id = \"...\" }");
  EXPECT_EQ(layout_error("published = { id = \"a\", key = {} }\n"),
            "demo.toml:2: published has no key 'key'; the nearest is 'keys'");
  EXPECT_EQ(layout_error("published = { id = \"a\", keys = { variant = 1 } }\n"),
            "demo.toml:2: 'variant' of the keys of published is 1; it must be a string");
}

const char* const kPublished = R"([[table]]
id = "paper.table1"
paper = "A paper"
where = "Table 1"
metric = "linear_top1"
unit = "%"
verified = "paper-text"
common = { epochs = 100 }
rows = [
  { method = "simclr", value = 60.5 },
  { method = "moco", epochs = 200, value = 67.5 },
  { method = "moco", outcome = "fails" },
]
)";

class PublishedTables : public ::testing::Test {
 protected:
  PublishedTables() { write(kPublished); }
  void write(const std::string& text) const { std::ofstream(folder_.path / "a.toml") << text; }
  TableLayout found(const std::string& table) const {
    TableLayout layout = sweep_of("[table]\n" + table).table;
    find_published(layout, {folder_.path / "none", folder_.path});
    return layout;
  }
  std::string error(const std::string& table) const {
    return message_of([&] { found(table); });
  }
  std::string file_error(const std::string& text) const {
    write(text);
    return error("published = \"paper.table1\"\n");
  }

  TestFolder folder_;
};

TEST_F(PublishedTables, TheChosenTableIsRecordedWhole) {
  const json table = found("published = \"paper.table1\"\n").recorded()["published"];
  EXPECT_EQ(table["id"], "paper.table1");
  EXPECT_EQ(table["verified"], "paper-text");
  EXPECT_EQ(table["keys"], json::parse(R"({"variant": "method"})"));
  ASSERT_EQ(table["rows"].size(), 3U);
  EXPECT_EQ(table["rows"][0].dump(), R"({"epochs":100,"method":"simclr","value":60.5})");
  EXPECT_EQ(table["rows"][1]["epochs"], 200);
}

TEST_F(PublishedTables, SomeRowsAndOtherNames) {
  const json table = found(R"(rows = ["variant", "train.epochs"]
[table.published]
id = "paper.table1"
values = { "SimCLR" = "simclr" }
select = { method = "moco" }
)")
                         .recorded()["published"];
  EXPECT_EQ(table["keys"].dump(), R"({"train.epochs":"epochs","variant":"method"})");
  EXPECT_EQ(table["values"].dump(), R"({"SimCLR":"simclr"})");
  EXPECT_EQ(table["rows"].size(), 2U);
}

TEST_F(PublishedTables, Messages) {
  const std::string folder = folder_.path.string();
  EXPECT_EQ(error("published = \"paper.table2\"\n"),
            "demo.toml:2: there is no published table 'paper.table2' in " + folder + "/none or " +
                folder + "; the nearest is 'paper.table1'");
  EXPECT_EQ(error("rows = [\"first\"]\npublished = \"paper.table1\"\n"),
            "demo.toml:3: the published table 'paper.table1' has epochs, method, and the table "
            "first; they must share one, as keys = { \"first\" = \"epochs\" }");
  EXPECT_EQ(error("published = { id = \"paper.table1\", keys = { variant = \"metod\" } }\n"),
            "demo.toml:2: published table 'paper.table1' has no key 'metod'; the nearest is "
            "'method'");
  EXPECT_EQ(error("published = { id = \"paper.table1\", keys = { varant = \"method\" } }\n"),
            "demo.toml:2: the table's rows and columns has no key 'varant'; the nearest is "
            "'variant'");
  EXPECT_EQ(error("published = { id = \"paper.table1\", select = { epochs = 7 } }\n"),
            "demo.toml:2: no row of the published table 'paper.table1' has {\"epochs\":7}");
  EXPECT_EQ(error("published = { id = \"paper.table1\", values = { SimCLR = \"simcrl\" } }\n"),
            "demo.toml:2: 'SimCLR' stands for 'simcrl', which no row of the published table "
            "'paper.table1' has; the nearest is 'simclr'");
}

TEST_F(PublishedTables, MessagesAboutTheirFiles) {
  EXPECT_EQ(file_error("[[table]]\nid = \"a\"\npape = \"A\"\n"),
            "a.toml:3: a published table has no key 'pape'; the nearest is 'paper'");
  EXPECT_EQ(file_error("[[table]]\nid = \"a\"\npaper = \"A\"\nwhere = \"B\"\nmetric = \"m\"\n"),
            "a.toml:1: a published table has no verified; it must have one");
  EXPECT_EQ(file_error(std::string(kPublished) + kPublished),
            "a.toml:15: two published tables are called 'paper.table1'; ids must differ");
  std::string text = kPublished;
  text.replace(text.find("value = 60.5"), 12, "valu = 60.5");
  EXPECT_EQ(file_error(text),
            "a.toml:10: a published row has no figure; it must have value = NUMBER, or outcome = "
            "\"words\" where the paper gives no number");
}

/// The files that come with sslx, and the sweep that names one of them.
TEST_F(PublishedTables, ThoseThatComeWithSslxAreRead) {
  TableLayout layout = read_sweep_file(SWEEPS "/augment_pairs.toml").table;
  find_published(layout, {PUBLISHED});
  EXPECT_EQ(layout.published_table["rows"].size(), 56U);
  EXPECT_EQ(layout.published_table["verified"], "memory");
}

}  // namespace
}  // namespace sslx::sweep
