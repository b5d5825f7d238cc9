#include "host/record/matrix.h"

#include <gmock/gmock.h>

#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

class MatrixTest : public RecordTest {
 protected:
  /// Plans the runs as a matrix and records those that have a value.
  Pivot pivot(const std::vector<RunSpec>& specs) {
    SweepDefinition definition = sweep(specs);
    definition.table = {{"rows", {"first"}}, {"columns", {"second"}}, {"metrics", {"knn_top1"}},
                        {"style", "matrix"}, {"average", true},       {"published", published_}};
    register_sweep(database_, definition);
    for (const RunSpec& spec : specs) {
      if (!spec.id.empty()) record_run(database_, spec);
    }
    return pivot_sweep(database_, {"demo"});
  }
  static RunSpec cell(int id, const char* first, const char* second, double knn, int k = 20) {
    return {.id = id == 0 ? "" : "20260101-00000" + std::to_string(id) + "-aaaaaa",
            .knn = knn,
            .k = k,
            .axes = {{"first", first}, {"second", second}}};
  }

  json published_ = json::parse(R"({"id": "p", "metric": "knn_top1", "unit": "%",
    "keys": {"first": "a", "second": "b"}, "rows": [{"a": "x", "b": "y", "value": 3},
    {"a": "x", "b": "x", "value": 1}, {"a": "x", "b": "average", "value": 2.1},
    {"a": "y", "b": "x", "value": 4}]})");
  Database database_{database_file()};
};

TEST_F(MatrixTest, CellsAveragesAndWhatIsMissing) {
  const Pivot made = pivot(
      {cell(1, "x", "x", 10), cell(2, "x", "y", 20), cell(3, "y", "x", 30), cell(0, "y", "y", 0)});
  const std::vector<Matrix> matrices = matrices_of(made);
  ASSERT_EQ(matrices.size(), 1U);
  const Matrix& matrix = matrices[0];
  EXPECT_THAT(matrix.rows, ElementsAre(ElementsAre("x"), ElementsAre("y")));
  EXPECT_EQ(matrix.cells[1][0].value, 30);
  EXPECT_FALSE(matrix.cells[1][1].value.has_value());
  EXPECT_TRUE(matrix.cells[1][1].planned);
  EXPECT_EQ(matrix.averages[0].value, 15);
  EXPECT_FALSE(matrix.averages[0].partial);
  EXPECT_EQ(matrix.averages[1].value, 30);
  EXPECT_TRUE(matrix.averages[1].partial);
  EXPECT_EQ(matrix.range(), std::pair(10.0, 30.0));
}

/// A column in which nothing has run yet has no protocol, and is no matrix of its own.
TEST_F(MatrixTest, AnEmptyColumnIsPartOfTheMatrix) {
  const std::vector<Matrix> matrices =
      matrices_of(pivot({cell(0, "x", "x", 0), cell(1, "x", "y", 20)}));
  ASSERT_EQ(matrices.size(), 1U);
  EXPECT_EQ(matrices[0].columns.size(), 2U);
  EXPECT_EQ(matrices[0].cells[0][1].value, 20);
  EXPECT_FALSE(matrices[0].column.protocol.empty());
}

TEST_F(MatrixTest, EachProtocolHasItsMatrix) {
  const std::vector<Matrix> matrices =
      matrices_of(pivot({cell(1, "x", "x", 10), cell(2, "x", "y", 20, 200)}));
  ASSERT_EQ(matrices.size(), 2U);
  EXPECT_TRUE(matrices[0].column.ambiguous);
  for (const Matrix& matrix : matrices) {
    EXPECT_NE(matrix.cells[0][0].value.has_value(), matrix.cells[0][1].value.has_value());
  }
}

TEST_F(MatrixTest, NothingHasRun) {
  const std::vector<Matrix> matrices = matrices_of(pivot({cell(0, "x", "y", 0)}));
  ASSERT_EQ(matrices.size(), 1U);
  EXPECT_EQ(matrices[0].range(), std::nullopt);
  EXPECT_EQ(matrices[0].averages[0].value, std::nullopt);
}

TEST_F(MatrixTest, ThePublishedOneHasTheSameShape) {
  const Pivot made = pivot(
      {cell(1, "x", "x", 10), cell(2, "x", "y", 20), cell(3, "y", "x", 30), cell(4, "y", "y", 5)});
  const Matrix ours = matrices_of(made).at(0);
  const Matrix theirs = published_matrix(made, ours);
  EXPECT_EQ(theirs.cells[0][1].value, 3);
  EXPECT_FALSE(theirs.cells[1][1].value.has_value());
  EXPECT_EQ(theirs.averages[0].value, 2.1) << "as the paper prints it";
  EXPECT_EQ(theirs.averages[1].value, 4);
  EXPECT_TRUE(theirs.averages[1].partial);
  const RankCorrelation found = rank_correlation(ours, theirs);
  EXPECT_EQ(found.cells, 2U);
  EXPECT_TRUE(found.diagonal);
  EXPECT_FALSE(found.coefficient.has_value()) << "two cells are too few";
}

}  // namespace
}  // namespace sslx::record::test
