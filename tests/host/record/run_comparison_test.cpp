#include "host/record/run_comparison.h"

#include <gtest/gtest.h>

#include "host/record/ingest.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

namespace fs = std::filesystem;

class RunComparisonTest : public RecordTest {
 protected:
  /// A run whose journal has these losses by step, in place of its own.
  void record_with(const std::string& id, const std::map<int64_t, double>& losses) {
    const fs::path directory = write_run({.id = id});
    std::string text = journal({.id = id})[0];
    size_t line = 1;
    for (const auto& [step, loss] : losses) {
      text +=
          nlohmann::json{
              {"event", "metric"}, {"line", line++}, {"time", "2026-01-01T00:00:09.000Z"},
              {"step", step},      {"epoch", 1},     {"values", {{"loss", loss}}}}
              .dump() +
          '\n';
    }
    write_file(directory / "journal.jsonl", text);
    fs::remove(directory / "exit.json");
    ingest_run(database_, directory);
  }

  Database database_{database_file()};
};

TEST_F(RunComparisonTest, MetricsAreComparedAtTheLastStepOfBoth) {
  record_with("20260101-000001-aaaaaa", {{5, 3.0}, {10, 2.0}, {15, 1.0}});
  record_with("20260101-000002-aaaaaa", {{5, 3.0}, {10, 2.5}, {12, 9.0}});
  const RunComparison found =
      compare_runs(database_, "20260101-000001-aaaaaa", "20260101-000002-aaaaaa");
  ASSERT_EQ(found.metrics.size(), 1U);
  EXPECT_EQ(found.metrics[0].name, "loss");
  EXPECT_EQ(found.metrics[0].step, 10);
  EXPECT_EQ(found.metrics[0].a, 2.0);
  EXPECT_EQ(found.metrics[0].b, 2.5);
  EXPECT_FALSE(found.has_losses_a || found.has_losses_b);
  EXPECT_EQ(found.difference_a, std::nullopt);
}

}  // namespace
}  // namespace sslx::record::test
