#include "host/record/home.h"

#include <gtest/gtest.h>

#include "record_fixture.h"

namespace sslx::record::test {
namespace {

class HomeTest : public RecordTest {
 protected:
  std::filesystem::path runs_ = folder_ / "runs";
};

TEST_F(HomeTest, AHomeKeepsItsName) {
  std::string id;
  {
    Database database(database_file());
    id = home_id(database, runs_);
    EXPECT_EQ(id.size(), 16U);
    EXPECT_EQ(home_id(database, runs_), id);
    EXPECT_EQ(
        count(database, "SELECT count(*) FROM about WHERE key = 'home' AND value = '" + id + "'"),
        1);
  }
  // Of a record that is made again the folder of runs names the home, and the other way round.
  std::filesystem::remove(database_file());
  Database again(database_file());
  EXPECT_EQ(home_id(again, runs_), id);
  std::filesystem::remove(runs_ / "home");
  EXPECT_EQ(home_id(again, runs_), id);
  EXPECT_EQ(read_file(runs_ / "home"), id + "\n");
}

TEST_F(HomeTest, OtherHomesHaveOtherNames) {
  Database one(database_file());
  Database two(folder_ / "two.db");
  EXPECT_NE(home_id(one, runs_), home_id(two, folder_ / "other"));
}

}  // namespace
}  // namespace sslx::record::test
