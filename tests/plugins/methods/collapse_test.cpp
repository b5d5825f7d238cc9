// The collapses that the papers show come when the part that prevents them is left out, and are
// told by the diagnostics: DINO's two kinds (arXiv:2104.14294, section 5.3), BYOL's without a
// predictor (arXiv:2006.07733, table 5).
#include <gtest/gtest.h>
#include <sslx/modules.h>

#include <cmath>

#include "teacher_fixture.h"

namespace {

using nlohmann::json;
using sslx::test::make_method;
using sslx::test::narrow_batch;

/// The diagnostics after training on a few batches again and again.
std::map<std::string, double> trained(const std::string& name, const json& parameters, int steps) {
  const auto method = make_method(name, parameters);
  method->train();
  torch::optim::SGD optimiser(sslx::trainable_parameters(*method),
                              torch::optim::SGDOptions(0.1).momentum(0.9));
  std::map<std::string, double> out;
  for (int step = 0; step < steps; ++step) {
    sslx::Batch batch = narrow_batch(0, static_cast<uint64_t>(step % 8));
    batch.views[1] = batch.views[0] + 0.3 * batch.views[1];
    const sslx::Loss loss = method->loss(batch);
    optimiser.zero_grad();
    loss.value.backward();
    optimiser.step();
    method->after_step({step, steps, 0});
    out["loss"] = loss.value.item<double>();
    for (const auto& [key, value] : loss.diagnostics) out[key] = value.item<double>();
  }
  return out;
}

std::map<std::string, double> trained_dino(json changes, int steps = 300) {
  json parameters{{"output_width", 12},    {"hidden_width", 32},
                  {"bottleneck_width", 8}, {"last_layer_frozen", 0},
                  {"momentum", 0.9},       {"final_teacher_temperature", 0.04}};
  parameters.update(changes);
  return trained("dino", parameters, steps);
}

TEST(Collapse, WithoutCentringOneOutputAlwaysWins) {
  const auto found = trained_dino({{"centring", false}});
  EXPECT_LT(found.at("teacher_entropy"), 0.05 * std::log(12));
  EXPECT_LT(found.at("usage_entropy"), 0.05 * std::log(12)) << "the same for every image";
  EXPECT_LT(found.at("divergence"), 0.05);
  EXPECT_LT(found.at("output_deviation"), 0.02) << "as a run is named collapsed";
  EXPECT_LT(found.at("output_information"), 0.02) << "likewise";
}

TEST(Collapse, WithoutSharpeningAllOutputsAreAlike) {
  const auto found = trained_dino({{"sharpening", false}}, 800);
  EXPECT_GT(found.at("teacher_entropy"), 0.95 * std::log(12));
  EXPECT_LT(found.at("divergence"), 0.05);
  EXPECT_LT(found.at("output_deviation"), 0.02) << "as a run is named collapsed";
  EXPECT_LT(found.at("output_information"), 0.02) << "likewise";
}

TEST(Collapse, WithBothThereIsNone) {
  const auto found = trained_dino(json::object());
  EXPECT_LT(found.at("teacher_entropy"), 0.6 * std::log(12));
  EXPECT_GT(found.at("usage_entropy"), 0.6 * std::log(12));
  EXPECT_GT(found.at("output_deviation"), 0.3);
  EXPECT_GT(found.at("output_information"), 0.3);
}

TEST(Collapse, WithoutAPredictorBYOLsOutputsFallTogether) {
  const json small{{"hidden_width", 32},
                   {"output_width", 16},
                   {"momentum", 0.9},
                   {"momentum_schedule", "constant"}};
  json without = small;
  without["predictor"] = "none";
  const auto collapsed = trained("byol", without, 300);
  const auto whole = trained("byol", small, 300);
  EXPECT_LT(collapsed.at("output_deviation"), 0.5 * whole.at("output_deviation"));
  EXPECT_LT(collapsed.at("loss"), 0.05);
}

}  // namespace
