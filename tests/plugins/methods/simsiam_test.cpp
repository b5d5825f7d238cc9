#include <gtest/gtest.h>

#include "method_fixture.h"

namespace {

using sslx::test::make_method;
using sslx::test::random_batch;

const nlohmann::json kSmallSimsiam{
    {"output_width", 16}, {"predictor_width", 8}, {"projector_layers", 2}};

TEST(SimSiam, HasALossBetweenMinusOneAndOne) {
  const auto method = make_method("simsiam", kSmallSimsiam);
  method->train();
  const double loss = method->loss(random_batch(8, 2, 1)).value.item<double>();
  EXPECT_GE(loss, -1);
  EXPECT_LE(loss, 1);
}

TEST(SimSiam, ReportsTheDeviationOfSpreadOutputs) {
  const auto method = make_method("simsiam", kSmallSimsiam);
  method->train();
  const auto diagnostics = method->loss(random_batch(64, 2, 1)).diagnostics;
  // Batch norm spreads z at the start.
  EXPECT_NEAR(diagnostics.at("output_deviation").item<double>(), 1, 0.2);
}

TEST(SimSiam, KeepsThePredictorsLearningRate) {
  for (const bool constant : {true, false}) {
    nlohmann::json parameters = kSmallSimsiam;
    parameters["predictor_constant_lr"] = constant;
    const auto groups = make_method("simsiam", parameters)->parameter_groups();
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_FALSE(groups[0].constant_lr);
    EXPECT_EQ(groups[1].constant_lr, constant);
  }
}

TEST(SimSiam, OptimisesEveryParameterOnce) {
  const auto method = make_method("simsiam", kSmallSimsiam);
  size_t count = 0;
  for (const auto& group : method->parameter_groups()) count += group.parameters.size();
  EXPECT_EQ(count, method->parameters().size());
}

}  // namespace
