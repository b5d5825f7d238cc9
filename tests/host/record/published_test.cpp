#include "host/record/published.h"

#include <gtest/gtest.h>

namespace sslx::record::test {
namespace {

const Published kTable(nlohmann::json::parse(R"({
  "id": "p.t", "verified": "paper-text",
  "keys": {"variant": "method", "method.temperature": "tau"}, "values": {"SimCLR": "simclr_v1"},
  "rows": [{"method": "simclr_v1", "tau": 0.5, "value": 60.7},
           {"method": "simclr_v1", "tau": 1, "outcome": "fails", "verified": "memory; sure"},
           {"method": "moco", "tau": 0.1, "value": 60.0}, {"method": "moco", "tau": 0.1, "value": 61.0},
           {"method": "none"}]})"));

PublishedFigure at(const std::string& variant, const std::string& tau) {
  return kTable.at({"variant", "train.lr", "method.temperature"}, {variant, "3", tau});
}

TEST(Published, AFigureIsFoundByNamesAndValues) {
  EXPECT_EQ(at("SimCLR", "0.5").value, 60.7);
  EXPECT_EQ(at("SimCLR", "0.50").value, 60.7) << "numbers, not texts";
  EXPECT_EQ(at("SimCLR", "0.5").verified, "paper-text");
  EXPECT_EQ(kTable.at({"method", "method.temperature"}, {"simclr_v1", "0.5"}).value, 60.7)
      << "a sweep without variants shows its methods";
}

TEST(Published, WordsStandForANumber) {
  const PublishedFigure figure = at("SimCLR", "1.0");
  EXPECT_EQ(figure.rows, 1U);
  EXPECT_FALSE(figure.value.has_value());
  EXPECT_EQ(figure.words, "fails");
  EXPECT_TRUE(figure.recalled());
  EXPECT_FALSE(kTable.recalled());
}

TEST(Published, NothingAndSeveralAreNoFigure) {
  EXPECT_EQ(at("SimCLR", "7").rows, 0U);
  EXPECT_EQ(at("none", "0.5").rows, 0U) << "the row says nothing of the temperature";
  EXPECT_EQ(at("moco", "0.1").rows, 2U);
  EXPECT_FALSE(at("moco", "0.1").value.has_value());
}

}  // namespace
}  // namespace sslx::record::test
