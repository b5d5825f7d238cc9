#include "host/record/loss_trace.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <cmath>

#include "host/record/connection.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

const float kNone = std::nanf("");

TEST(CompareLosses, TheFirstStepWhoseBitsDiffer) {
  const LossTrace a{{"pretrain", {{1, 2.5F}, {2, 2.25F}, {3, 2.125F}}}};
  LossTrace b = a;
  LossComparison found = compare_losses(a, b);
  EXPECT_EQ(found.alike, 3);
  EXPECT_FALSE(found.parting);
  b["pretrain"][2] = std::nextafter(2.25F, 3.0F);
  b["pretrain"][3] = 1;
  found = compare_losses(a, b);
  EXPECT_EQ(found.alike, 1);
  ASSERT_TRUE(found.parting);
  EXPECT_EQ(found.parting->stage, "pretrain");
  EXPECT_EQ(found.parting->step, 2);
  EXPECT_EQ(found.parting->a, 2.25F);
  EXPECT_EQ(found.parting->b, std::nextafter(2.25F, 3.0F));
}

/// What is no number is as good as any; what only one has is not compared.
TEST(CompareLosses, OnlyStepsThatBothHave) {
  const LossTrace a{{"pretrain", {{1, kNone}, {2, 1.0F}}}, {"distil", {{1, 1.0F}}}};
  const LossTrace b{{"pretrain", {{1, kNone}, {3, 7.0F}}}, {"finetune_10", {{1, 2.0F}}}};
  const LossComparison found = compare_losses(a, b);
  EXPECT_EQ(found.alike, 1);
  EXPECT_FALSE(found.parting);
}

TEST(CompareLosses, TheTrainingComesFirst) {
  const LossTrace a{{"distil", {{1, 1.0F}}}, {"pretrain", {{5, 1.0F}}}};
  const LossTrace b{{"distil", {{1, 2.0F}}}, {"pretrain", {{5, 2.0F}}}};
  EXPECT_EQ(compare_losses(a, b).parting->stage, "pretrain");
}

class LossTraceTest : public RecordTest {
 protected:
  void put(int64_t line, const std::string& stage, int64_t first, std::vector<float> losses) {
    database_.write([&](Connection& handle) {
      SQLite::Statement insert(handle, "INSERT INTO loss_trace VALUES (?, ?, ?, ?, ?)");
      insert.bind(1, id_);
      insert.bind(2, line);
      insert.bind(3, stage);
      insert.bind(4, first);
      insert.bind(5, losses.data(), static_cast<int>(losses.size() * sizeof(float)));
      insert.exec();
    });
  }

  const std::string id_ = "20260101-000001-aaaaaa";
  Database database_{database_file()};
};

TEST_F(LossTraceTest, StepsThatAreWrittenAgainCountOnce) {
  record_run(database_, {.id = id_});
  EXPECT_TRUE(losses_of(database_, id_).empty());
  put(100, "pretrain", 1, {4.0F, 3.0F, 2.0F});
  put(101, "pretrain", 3, {2.5F, kNone});
  put(102, "distil", 0, {1.0F});
  const LossTrace trace = losses_of(database_, id_);
  ASSERT_EQ(trace.size(), 2U);
  const auto& steps = trace.at("pretrain");
  EXPECT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps.at(2), 3.0F);
  EXPECT_EQ(steps.at(3), 2.5F);
  EXPECT_TRUE(std::isnan(steps.at(4)));
  EXPECT_EQ(trace.at("distil").at(0), 1.0F);
}

}  // namespace
}  // namespace sslx::record::test
