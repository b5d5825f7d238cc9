#include "host/record/behind.h"

#include "host/record/ingest.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

class BehindTest : public RecordTest {
 protected:
  /// Of the run that the record has so, what its folder says else.
  std::filesystem::path recorded(Database& database, const std::string& state) const {
    RunSpec spec{.id = "20260101-000001-aaaaaa"};
    spec.state = state;
    const auto folder = folder_ / "runs" / spec.id;
    record_run(database, spec);
    return folder;
  }
};

TEST_F(BehindTest, ALostRunThatIsRecordedAsLostIsNotBehind) {
  Database database(database_file());
  const auto folder = recorded(database, "lost");
  EXPECT_TRUE(runs_behind(database).empty());
  write_file(folder / "exit.json", R"({"state":"completed"})");
  ASSERT_EQ(runs_behind(database).size(), 1U);
  EXPECT_EQ(runs_behind(database).front().run, "20260101-000001-aaaaaa");
}

TEST_F(BehindTest, ALongerJournalIsToBeTakenIn) {
  Database database(database_file());
  const auto folder = recorded(database, "completed");
  EXPECT_TRUE(runs_behind(database).empty());
  write_file(folder / "journal.jsonl", read_file(folder / "journal.jsonl") + "{}\n");
  EXPECT_EQ(runs_behind(database).size(), 1U);
}

}  // namespace
}  // namespace sslx::record::test
