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
  EXPECT_EQ(runs_text(record::list_runs(database_)),
            "run                     sweep  trial  seed  attempt  state   seconds  message\n"
            "20260101-000001-aaaaaa  demo   A         0        1  failed     13.0  it threw\n");
  EXPECT_EQ(runs_text({}), "no such run is recorded\n");
}

TEST_F(RunTextTest, DifferenceIsOnlyWhatDiffers) {
  const auto a = details({.id = "20260101-000001-aaaaaa"});
  const auto same = details({.id = "20260101-000002-aaaaaa"});
  const auto other =
      details({.id = "20260101-000003-aaaaaa", .seed = 1, .knn = 41, .plugin_sha256 = "bb"});
  EXPECT_EQ(difference_text(a, same),
            "20260101-000001-aaaaaa -> 20260101-000002-aaaaaa\nnothing differs\n");
  EXPECT_EQ(difference_text(a, other),
            "20260101-000001-aaaaaa -> 20260101-000003-aaaaaa\n"
            "configuration\n  seed: 0 -> 1\n"
            "plugins\n  method simclr: 1.0.0 aa -> 1.0.0 bb\n"
            "results\n  knn_top1 @58de46f6: 40 % -> 41 %\n");
}

}  // namespace
}  // namespace sslx::cli
