// What a sweep takes on other devices, foretold from runs whose cost is known.
#include "host/sweep/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using record::MeasuredRun;
using ::testing::HasSubstr;

constexpr double kRate = 100;
constexpr double kRest = 22;  // seconds of a run beside its training: a hundredth of an image's

/// As the trial ran on an H100, with `epochs` of its images: ten classes of 100, tested on 1,000.
MeasuredRun run_like(const Trial& trial, int64_t epochs) {
  MeasuredRun out;
  out.run = "20260101-000001-aaaaaa";
  out.config = trial.config.whole();
  out.device = "cuda";
  out.device_name = "NVIDIA H100 80GB HBM3";
  out.train_images = 1000;
  out.test_images = 1200;
  out.epochs = epochs;
  const auto batch = out.config.at("train").at("batch_size").get<int64_t>();
  out.steps = epochs * (1000 / batch);
  out.images_per_second = kRate;
  out.seconds = static_cast<double>(out.steps * batch) / kRate + kRest;
  out.joules = 200 * out.seconds;
  return out;
}

double seconds_of(const Trial& trial) {
  const auto batch = trial.config.at("train").at("batch_size").get<int64_t>();
  return static_cast<double>(*trial.steps * batch) / kRate;
}

TEST(Forecast, ATrialTakesWhatRunsLikeItTook) {
  const Plan plan = plan_of(sweep_text("batch_size = 100\n"), {"train.epochs=30"});
  const Plan short_one = plan_of(sweep_text("batch_size = 100\n"), {"train.epochs=2"});
  const std::vector<MeasuredRun> runs{run_like(short_one.trials[0], 2)};
  const Forecast found = forecast(plan, runs, {1, "h100"}, 1, std::nullopt);
  ASSERT_EQ(found.parts.size(), 1U);
  EXPECT_EQ(found.parts[0].trials, 2U);
  EXPECT_EQ(found.parts[0].runs, 1U);
  EXPECT_TRUE(found.parts[0].likewise);
  EXPECT_DOUBLE_EQ(found.parts[0].images_per_second, kRate);
  const double one = seconds_of(plan.trials[0]) + kRest;
  EXPECT_NEAR(found.device_seconds, 2 * one, 1e-6);
  EXPECT_NEAR(found.seconds, 2 * one, 1e-6);
  ASSERT_TRUE(found.joules.has_value());
  EXPECT_NEAR(*found.joules, 200 * 2 * one, 1e-3);
  // Two devices, or two at a time: one trial each.
  EXPECT_NEAR(forecast(plan, runs, {2, "h100"}, 1, std::nullopt).seconds, one, 1e-6);
  EXPECT_NEAR(forecast(plan, runs, {1, "h100"}, 2, std::nullopt).seconds, one, 1e-6);
}

TEST(Forecast, OtherNetworksAndDevicesSayNothing) {
  const Plan plan = plan_of(sweep_text("batch_size = 100\n"));
  const std::vector<MeasuredRun> runs{run_like(plan.trials[0], 3)};
  EXPECT_EQ(forecast(plan, runs, {1, "a100"}, 1, std::nullopt).trials, 0U);
  EXPECT_EQ(forecast(plan, runs, {1, "cpu"}, 1, std::nullopt).trials, 0U);
  const Plan other = plan_of(sweep_text("batch_size = 50\n"));
  EXPECT_EQ(forecast(other, runs, {1, "h100"}, 1, std::nullopt).parts.at(0).runs, 0U);
  // But at so many times the speed; what such a device takes of energy nobody knows.
  const Forecast faster = forecast(plan, runs, {1, "b200"}, 1, 4.0);
  EXPECT_NEAR(faster.device_seconds, 2 * (seconds_of(plan.trials[0]) + kRest) / 4, 1e-6);
  EXPECT_FALSE(faster.joules.has_value());
}

TEST(Forecast, AnotherEvaluationIsSaid) {
  const Plan plan = plan_of(sweep_text("batch_size = 100\n"));
  const Plan other = plan_of(sweep_text("batch_size = 100\n"), {"evaluate.knn.k=7"});
  const Forecast found =
      forecast(other, {run_like(plan.trials[0], 3)}, {1, "h100"}, 1, std::nullopt);
  EXPECT_FALSE(found.parts.at(0).likewise);
  EXPECT_EQ(found.trials, 2U);
}

TEST(Forecast, WhereNothingIsLikeATrialAPaperStandsIn) {
  const Plan plan = plan_of(sweep_text("batch_size = 100\n"), {"train.epochs=30"});
  const nlohmann::json& config = plan.trials[0].config;
  const nlohmann::json method{{"name", config.at("method").at("name")}};
  const nlohmann::json backbone{{"name", config.at("backbone").at("name")}};
  const std::vector<PublishedRate> rates{{"V100", method, backbone, 8, 50, "a paper, table 1"}};
  const Forecast found = forecast(plan, {}, {4, "v100"}, 1, std::nullopt, rates);
  EXPECT_EQ(found.trials, 2U);
  EXPECT_EQ(found.parts[0].source, "a paper, table 1");
  EXPECT_NEAR(found.device_seconds, 2 * seconds_of(plan.trials[0]) * kRate / 50, 1e-6);
  EXPECT_FALSE(found.joules.has_value());
  // Another device, another side, another parameter.
  EXPECT_EQ(forecast(plan, {}, {4, "h100"}, 1, std::nullopt, rates).trials, 0U);
  std::vector<PublishedRate> others = rates;
  others[0].pixels = 224;
  EXPECT_EQ(forecast(plan, {}, {4, "V100"}, 1, std::nullopt, others).trials, 0U);
  others = rates;
  others[0].backbone["depth"] = 5000;
  EXPECT_EQ(forecast(plan, {}, {4, "V100"}, 1, std::nullopt, others).trials, 0U);
  // What was measured comes first.
  const std::vector<MeasuredRun> runs{run_like(plan.trials[0], 2)};
  const std::vector<PublishedRate> same{{"H100", method, backbone, 8, 50, "a paper"}};
  EXPECT_EQ(forecast(plan, runs, {1, "h100"}, 1, std::nullopt, same).parts[0].runs, 1U);
}

TEST(Forecast, ThePublishedRatesCanBeRead) {
  const std::vector<PublishedRate> rates = read_published_rates({PUBLISHED});
  ASSERT_GE(rates.size(), 5U);
  for (const PublishedRate& rate : rates) EXPECT_GT(rate.images_per_second, 0) << rate.source;
}

TEST(Forecast, DevicesAreAnAmountOfAKind) {
  EXPECT_EQ(parse_devices("64xH100").count, 64);
  EXPECT_EQ(parse_devices("64xH100").kind, "H100");
  EXPECT_EQ(parse_devices("2xcpu").kind, "cpu");
  for (const std::string wrong : {"H100", "0xH100", "x", "3x", "-1xcpu", "1.5xcpu"}) {
    EXPECT_THAT(message_of([&] { parse_devices(wrong); }),
                HasSubstr("it must be how many of which, as 64xH100"))
        << wrong;
  }
}

}  // namespace
}  // namespace sslx::sweep
