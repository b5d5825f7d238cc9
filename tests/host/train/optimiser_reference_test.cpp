// Twenty steps of each optimiser in float64, with its schedules, decay and clipping, against torch,
// lightly and formulas in numpy, from tests/reference/optimisers.json. The weights and the
// gradients are formulas, the same here and in optimisers.py.
#include <gtest/gtest.h>

#include "tests/host/train/optimiser_fixture.h"
#include "tests/reference/reference.h"

namespace {

using nlohmann::json;
using torch::Tensor;
using namespace sslx::test;
using sslx::train::Optimiser;
using sslx::train::Schedule;

const json& reference() {
  static const json all = load_reference("optimisers");
  return all;
}

Tensor gradient(int64_t step, const Tensor& weight) {
  const Tensor index = torch::arange(weight.numel(), torch::kFloat64).view_as(weight);
  return 2 * torch::sin(1 + 0.7 * static_cast<double>(step) + index) + 0.3 * weight;
}

double largest_difference(const Tensor& values, const json& expected) {
  const Tensor wanted =
      torch::tensor(expected.get<std::vector<double>>(), torch::kFloat64).view_as(values);
  return (values - wanted).abs().max().item<double>();
}

class OptimiserReference : public ::testing::TestWithParam<std::string> {};

TEST_P(OptimiserReference, TwentySteps) {
  const json& entry = reference().at("cases").at(GetParam());
  const json& config = entry.at("train");
  const auto steps = reference().at("steps").get<int64_t>();
  const Schedule schedule(config, reference().at("steps_per_epoch").get<int64_t>(), steps);
  std::vector<Tensor> weights{torch::cos(torch::arange(12, torch::kFloat64)).view({3, 4}),
                              torch::sin(torch::arange(4, torch::kFloat64))};
  for (Tensor& weight : weights) weight.requires_grad_();
  Optimiser optimiser(config, {{weights}}, schedule);
  for (int64_t step = 0; step < steps; ++step) {
    EXPECT_NEAR(optimiser.rate(step), entry.at("rates").at(step).get<double>(), 1e-14);
    for (Tensor& weight : weights) weight.mutable_grad() = gradient(step, weight.detach());
    optimiser.step(step);
  }
  const double matrix = largest_difference(weights[0].detach(), entry.at("matrix"));
  const double vector = largest_difference(weights[1].detach(), entry.at("vector"));
  EXPECT_LT(matrix, 1e-12);
  EXPECT_LT(vector, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(All, OptimiserReference,
                         ::testing::Values("sgd", "sgd_nesterov", "sgd_step", "sgd_clip", "adam",
                                           "adamw", "adamw_dino", "lars_classic", "lars_popular",
                                           "lars_everywhere", "lars_lightly"),
                         [](const auto& info) { return info.param; });

TEST(OptimiserReference, EveryCaseIsTried) { EXPECT_EQ(reference().at("cases").size(), 11U); }

}  // namespace
