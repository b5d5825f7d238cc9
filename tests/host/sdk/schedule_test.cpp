// What a method's value is over the training, and that its place is saved with the method.
#include <gtest/gtest.h>
#include <sslx/schedule.h>

#include <nlohmann/json.hpp>

namespace {

using sslx::Ramp;

TEST(Ramp, IsConstantLinearOrACosine) {
  const auto at = [](const char* shape, double progress) {
    return Ramp{0.2, shape, 0.8}.at(progress);
  };
  EXPECT_EQ(at("constant", 0.7), 0.2);
  EXPECT_DOUBLE_EQ(at("linear", 0.25), 0.35);
  EXPECT_DOUBLE_EQ(at("cosine", 0.25), 0.8 - 0.6 * (std::sqrt(0.5) + 1) / 2);
  for (const char* shape : {"linear", "cosine"}) {
    EXPECT_DOUBLE_EQ(at(shape, 0), 0.2);
    EXPECT_DOUBLE_EQ(at(shape, 0.5), 0.5);
    EXPECT_DOUBLE_EQ(at(shape, 1), 0.8);
  }
}

/// BYOL, section 3.2: 1 - (1 - base) (cos(pi progress) + 1) / 2, to the last bit.
TEST(Ramp, IsTheMomentumOfByol) {
  const Ramp ramp{0.996, "cosine", 1};
  for (int i = 0; i <= 100; ++i) {
    const double progress = i / 100.0;
    EXPECT_EQ(ramp.at(progress), 1 - (1 - 0.996) * (std::cos(std::numbers::pi * progress) + 1) / 2);
  }
}

TEST(Ramp, StaysAtItsEndAfterItsShare) {
  const Ramp warm_up{0.04, "linear", 0.07, 0.3};
  EXPECT_DOUBLE_EQ(warm_up.at(0.15), 0.055);
  EXPECT_DOUBLE_EQ(warm_up.at(0.3), 0.07);
  EXPECT_DOUBLE_EQ(warm_up.at(0.9), 0.07);
}

constexpr std::array kScheduled{
    sslx::real("momentum", 0.9, "m"), sslx::schedule_parameter("momentum", "cosine"),
    sslx::final_parameter("momentum", 1.0), sslx::share_parameter("momentum", 0.5)};

sslx::Parameters scheduled(const nlohmann::json& values) {
  return sslx::Parameters::resolve({kScheduled.begin(), kScheduled.end()}, values, "it");
}

TEST(Ramp, IsReadFromItsParameters) {
  const Ramp ramp = sslx::ramp(scheduled({{"momentum_schedule", "linear"}}), "momentum");
  EXPECT_DOUBLE_EQ(ramp.at(0.25), 0.95);
  EXPECT_DOUBLE_EQ(ramp.at(0.75), 1);
  EXPECT_ANY_THROW(scheduled({{"momentum_share", 0}}));
  EXPECT_ANY_THROW(scheduled({{"momentum_share", 1.5}}));
  EXPECT_ANY_THROW(scheduled({{"momentum_schedule", "exponential"}}));
}

TEST(Scheduled, GoesOnFromItsBuffer) {
  sslx::Scheduled first(Ramp{1, "linear", 0});
  EXPECT_EQ(first->value(), 1) << "the first loss comes before any step";
  first->advance({0, 8, 0});
  EXPECT_DOUBLE_EQ(first->value(), 7.0 / 8);
  sslx::Scheduled resumed(Ramp{1, "linear", 0});
  resumed->buffers()[0].copy_(first->named_buffers()["progress"]);
  EXPECT_EQ(resumed->value(), first->value());
  resumed->advance({7, 8, 0});
  EXPECT_EQ(resumed->value(), 0);
}

}  // namespace
