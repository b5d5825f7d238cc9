#include "host/record/run_log.h"

#include <gtest/gtest.h>

#include "host/record/ingest.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

namespace fs = std::filesystem;

class RunLogTest : public RecordTest {
 protected:
  /// What is kept of a run that printed this.
  std::string kept(const std::string& printed) {
    const fs::path directory = write_run({.id = id_});
    write_file(directory / "host.log", printed);
    ingest_run(database_, directory);
    return log_of(database_, id_);
  }

  const std::string id_ = "20260101-000001-aaaaaa";
  Database database_{database_file()};
};

TEST_F(RunLogTest, IsKeptWhenItsFolderIsGone) {
  EXPECT_EQ(kept("a warning\nterminate called\n"), "a warning\nterminate called\n");
  fs::remove_all(folder_ / "runs");
  EXPECT_EQ(log_of(database_, id_), "a warning\nterminate called\n");
}

TEST_F(RunLogTest, OfALongOneTheEndIsKeptInWholeLines) {
  std::string printed;
  for (int i = 0; printed.size() < 3 * kLogEnd; ++i) printed += std::to_string(i) + " printed\n";
  const std::string end = kept(printed);
  EXPECT_LE(end.size(), kLogEnd);
  EXPECT_GT(end.size(), kLogEnd - 100);
  EXPECT_TRUE(printed.ends_with('\n' + end));
}

TEST_F(RunLogTest, WhoPrintsNothingHasNone) {
  EXPECT_EQ(kept(""), "");
  EXPECT_EQ(count(database_, "SELECT count(*) FROM run WHERE log IS NOT NULL"), 0);
}

}  // namespace
}  // namespace sslx::record::test
