#include "host/record/journal.h"

#include <gtest/gtest.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

namespace {

using nlohmann::json;
using sslx::train::Journal;

class JournalTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(file_); }
  void TearDown() override { std::filesystem::remove(file_); }
  std::vector<json> lines() const {
    std::ifstream in(file_);
    std::vector<json> out;
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
    return out;
  }
  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("sslx_journal_test_" + std::to_string(::getpid()));
};

TEST_F(JournalTest, NumbersItsLinesWithoutGaps) {
  Journal journal(file_);
  journal.write("started", {{"host", "a"}});
  journal.metric(3, 1, {{"loss", 1.5}});
  const auto written = lines();
  ASSERT_EQ(written.size(), 2U);
  EXPECT_EQ(written[0].at("line"), 0);
  EXPECT_EQ(written[0].at("event"), "started");
  EXPECT_EQ(written[0].at("time").get<std::string>().size(), 24U);
  EXPECT_EQ(written[1].at("line"), 1);
  EXPECT_EQ(written[1].at("values").at("loss"), 1.5);
}

TEST_F(JournalTest, NamesWhatIsNoFiniteNumber) {
  Journal journal(file_);
  const double inf = std::numeric_limits<double>::infinity();
  journal.metric(1, 1, {{"a", std::nan("")}, {"b", inf}, {"c", -inf}});
  const json values = lines()[0].at("values");
  EXPECT_EQ(values, (json{{"a", "nan"}, {"b", "inf"}, {"c", "-inf"}}));
}

TEST_F(JournalTest, TakesTextThatIsNoUtf8) {
  Journal journal(file_);
  journal.write("warning", {{"message", "\xff\xfe"}});
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(JournalTest, HasOneWriter) {
  Journal journal(file_);
  EXPECT_THROW(Journal second(file_), sslx::Error);
}

}  // namespace
