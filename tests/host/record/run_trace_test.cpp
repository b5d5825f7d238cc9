#include "host/record/run_trace.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <cmath>

#include "host/record/connection.h"
#include "host/record/record_journal.h"
#include "host/record/sql.h"
#include "host/record/tolerance.h"
#include "host/record/verdicts.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A run as it is read, of one result of 10,000 images.
RunTrace trace() {
  RunTrace out;
  out.state = "completed";
  out.weights = "ww";
  out.place = {{"threads", "2"}, {"device", "cpu"}};
  out.results["knn_top1 @aa"] = {40, "%", "predicted", 10000};
  out.metrics[{"loss", 5}] = {2.5};
  out.losses[{"pretrain", 1}] = 2.5F;
  out.losses[{"pretrain", 2}] = 2.25F;
  return out;
}

TEST(RunTraceTest, EqualRunsAreTheSameBits) {
  EXPECT_EQ(compare_traces(trace(), trace()).verdict, "same bits");
  RunTrace elsewhere = trace();
  elsewhere.place["threads"] = "1";
  EXPECT_EQ(compare_traces(trace(), elsewhere).verdict, "same bits");
  RunTrace with_nan = trace();
  with_nan.metrics[{"loss", 6}] = {std::nan("")};
  EXPECT_EQ(compare_traces(with_nan, with_nan).verdict, "same bits");
}

TEST(RunTraceTest, EveryBitCounts) {
  const auto differs = [](const std::function<void(RunTrace&)>& change, const std::string& words) {
    RunTrace now = trace();
    change(now);
    const TraceComparison found = compare_traces(trace(), now);
    EXPECT_EQ(found.verdict, "different") << words;
    EXPECT_THAT(found.message, HasSubstr(words));
  };
  differs([](RunTrace& run) { run.weights = "xx"; }, "other weights");
  differs([](RunTrace& run) { run.results["knn_top1 @aa"].value = std::nextafter(40, 50); },
          "knn_top1 @aa 40 then, 40 now");
  differs([](RunTrace& run) { run.results["knn_top1 @aa"].predictions[0] = 'q'; }, "knn_top1 @aa");
  differs([](RunTrace& run) { run.results.clear(); }, "knn_top1 @aa 40 then, none now");
  differs([](RunTrace& run) { run.results["new @bb"] = {1, "%", "", 10}; }, "new @bb none then");
  differs(
      [](RunTrace& run) {
        run.metrics[{"loss", 5}] = {2.6};
      },
      "1 of 1 metrics differ, first loss at step 5");
  differs(
      [](RunTrace& run) {
        run.losses[{"pretrain", 2}] = std::nextafter(2.25F, 3.0F);
      },
      "1 of 2 losses differ, first pretrain at step 2");
}

TEST(RunTraceTest, ElsewhereAToleranceHolds) {
  RunTrace now = trace();
  now.weights = "xx";
  now.place["threads"] = "1";
  now.results["knn_top1 @aa"].value = 43.9;
  const TraceComparison close = compare_traces(trace(), now);
  EXPECT_EQ(close.verdict, "within tolerance");
  EXPECT_THAT(close.message, AllOf(HasSubstr("3.9 apart, 4.386 allowed elsewhere"),
                                   HasSubstr("threads: 2 then, 1 now")));
  now.results["knn_top1 @aa"].value = 44.4;
  EXPECT_EQ(compare_traces(trace(), now).verdict, "different");
  now.results.clear();
  EXPECT_EQ(compare_traces(trace(), now).verdict, "different");
}

TEST(RunTraceTest, AnotherEndIsAFailure) {
  RunTrace now = trace();
  now.state = "crashed";
  now.message = "SIGSEGV ended it";
  EXPECT_EQ(compare_traces(trace(), now).verdict, "failed");
  EXPECT_EQ(compare_traces(trace(), now).message,
            "it is crashed now and was completed: SIGSEGV ended it");
}

TEST(ToleranceTest, ShrinksWithTheImages) {
  EXPECT_NEAR(tolerance(50, 10000), 3 + std::sqrt(2), 1e-9);
  EXPECT_NEAR(tolerance(50, 100), 3 + 10 * std::sqrt(2), 1e-9);
  EXPECT_NEAR(tolerance(100, 100), 3, 1e-9);
}

TEST(ToleranceTest, ASampleSpeaksForAll) {
  EXPECT_NEAR(least_share(5, 5), 0.549, 0.001);  // 0.05^(1/5)
  EXPECT_NEAR(least_share(8, 10), 0.493, 0.001);
  EXPECT_EQ(least_share(0, 10), 0);
}

class TracedRunTest : public RecordTest {};

TEST_F(TracedRunTest, IsReadWithoutMeasuresOfTheMachine) {
  Database database(database_file());
  const RunSpec spec{.id = "20260101-000001-aaaaaa"};
  record_run(database, spec);
  database.write([&](Connection& handle) {
    handle.exec(
        "INSERT INTO metric VALUES ('20260101-000001-aaaaaa', 3, 'images_per_second', 10, "
        "2, 99), ('20260101-000001-aaaaaa', 3, 'share_forward', 10, 2, 0.5)");
    SQLite::Statement insert(handle, "INSERT INTO loss_trace VALUES (?, 9, 'pretrain', 4, ?)");
    insert.bind(1, spec.id);
    const float losses[]{1.5F, 2.5F};
    insert.bind(2, losses, sizeof losses);
    insert.exec();
  });
  const RunTrace run = read_trace(database, spec.id);
  EXPECT_EQ(run.weights, "ww");
  EXPECT_EQ(run.metrics.size(), 4U);
  EXPECT_EQ(run.losses.at({"pretrain", 5}), 2.5F);
  EXPECT_EQ(run.place.at("threads"), "2");
  EXPECT_EQ(run.results.size(), 1U);
  EXPECT_EQ(run.results.begin()->second.predictions.size(), 8U);
  EXPECT_EQ(compare_traces(run, run).verdict, "same bits");
}

TEST_F(TracedRunTest, VerdictsAreKeptInBothAndTakenInOnce) {
  Database database(database_file());
  const RunSpec spec{.id = "20260101-000001-aaaaaa"};
  record_run(database, spec);
  record_verdict(database, folder_ / "runs",
                 {"20260102-000000-bbbbbb", spec.id, "same bits", "all", "box", {{"a", 1}}});
  const auto events = read_events(folder_ / "runs");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].at("event"), "verdict");
  database.write([&](Connection& handle) {
    put_verdict(handle, events[0]);
    nlohmann::json unknown = events[0];
    unknown["id"] = "x";
    unknown["run"] = "20260101-000002-aaaaaa";
    put_verdict(handle, unknown);
  });
  EXPECT_EQ(count(database,
                  "SELECT count(*) FROM reproduction WHERE verdict = 'same bits' AND "
                  "json_extract(details, '$.a') = 1"),
            1);
  EXPECT_EQ(count(database, "SELECT count(*) FROM reproduction"), 1);
}

}  // namespace
}  // namespace sslx::record::test
