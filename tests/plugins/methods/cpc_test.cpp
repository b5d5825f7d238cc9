// CPC's oracles: chance where W_k is 0, the grids of both papers' images, layer norm that keeps
// patches apart, several processes, and a state that is enough to go on.
#include <gtest/gtest.h>
#include <sslx/error.h>

#include <cmath>

#include "method_fixture.h"
#include "predictive_fixture.h"
#include "tests/plugins/augmentations/reference.h"

namespace {

using sslx::test::linear_backbone;
using sslx::test::make_predictive;
using sslx::test::small_resnet;
using sslx::test::stack_batch;
using torch::Tensor;

nlohmann::json small_cpc(nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json out{{"last_step", 3}, {"context_layers", 2}, {"context_width", 8}};
  out.update(more);
  return out;
}

sslx::test::Setting cpc_setting(const std::string& norm = "ln", uint64_t seed = 0) {
  return {.make_backbone = small_resnet(norm), .seed = seed, .pretrained = false};
}

TEST(CPC, IsAtChanceForEveryStepWithoutPredictions) {
  for (int64_t k = 1; k <= 4; ++k) {
    const auto method = make_predictive(
        "cpc", small_cpc({{"first_step", k}, {"last_step", k}, {"directions", 4}}), cpc_setting());
    for (auto& item : method->named_parameters()) {
      if (item.key().find(".step") != std::string::npos) torch::nn::init::zeros_(item.value());
    }
    const sslx::Loss loss = method->loss(stack_batch(3, 5, 8, 1));
    EXPECT_NEAR(loss.value.item<double>(), std::log(3.0 * 25), 1e-5) << k;
    EXPECT_DOUBLE_EQ(*loss.chance, std::log(3.0 * 25));
  }
}

TEST(CPC, ReportsTheAccuracyOfEachStep) {
  const auto method = make_predictive("cpc", small_cpc({{"first_step", 2}}), cpc_setting());
  const auto diagnostics = method->loss(stack_batch(3, 5, 8, 1)).diagnostics;
  EXPECT_FALSE(diagnostics.contains("accuracy_step_1"));
  const double mean = (diagnostics.at("accuracy_step_2").item<double>() +
                       diagnostics.at("accuracy_step_3").item<double>()) /
                      2;
  EXPECT_NEAR(diagnostics.at("contrastive_accuracy").item<double>(), mean, 1e-6);
}

TEST(CPC, CutsThePapersGrids) {
  const auto rows = [](int64_t side, int64_t cell, int64_t stride) {
    const auto cut = sslx::augmentation("patches", {{"cell", cell}, {"stride", stride}});
    return cut->output_shape({3, side, side}).height / cell;
  };
  EXPECT_EQ(rows(256, 64, 32), 7 * 7);
  EXPECT_EQ(rows(260, 80, 36), 6 * 6);
  EXPECT_EQ(rows(32, 8, 4), 7 * 7);
}

// From pixels, through the augmentation without jitter: cells of 8, of which the middle 6 are cut.
TEST(CPC, EmbedsTheMeanOverTheGridOfItsPatches) {
  const auto method = make_predictive("cpc", small_cpc(), cpc_setting());
  method->eval();
  const Tensor images = sslx::to_unit_float(sslx::real_images());
  const auto cut =
      sslx::augmentation("patches", {{"cell", 8}, {"stride", 4}, {"size", 6}, {"jitter", false}});
  ASSERT_EQ(cut->parameter_count(), 0);
  const Tensor embedded = method->embed(cut->apply(images, torch::empty({3, 0})));
  const auto backbone = method->named_children()["backbone"]->as<sslx::Backbone>();
  Tensor expected = torch::zeros_like(embedded);
  for (int64_t row = 0; row < 7; ++row) {
    for (int64_t column = 0; column < 7; ++column) {
      expected += backbone->forward(
          images.slice(2, 4 * row + 1, 4 * row + 7).slice(3, 4 * column + 1, 4 * column + 7));
    }
  }
  EXPECT_TRUE(torch::allclose(embedded, expected / 49, 1e-4, 1e-5));
}

/// Whether another pixel of one patch changes the features of the patches of other images, which
/// are one patch each here.
bool leaks(const std::string& norm) {
  const auto method = make_predictive("cpc", small_cpc(), cpc_setting(norm));
  method->train();
  const Tensor patches = stack_batch(6, 1, 8, 1).views[0];
  const Tensor before = method->embed(patches);
  Tensor other = patches.clone();
  other[2][0][3][3] += 1;
  const Tensor after = method->embed(other);
  EXPECT_FALSE(after[2].equal(before[2]));
  const Tensor rest = torch::tensor({0, 1, 3, 4, 5});
  return !after.index_select(0, rest).equal(before.index_select(0, rest));
}

TEST(CPC, LayerNormKeepsPatchesApartAndBatchNormDoesNot) {
  EXPECT_FALSE(leaks("ln"));
  EXPECT_FALSE(leaks("none"));
  EXPECT_TRUE(leaks("bn"));
}

/// The second of two processes, with what it gets from the first.
class SecondOfTwo : public sslx::Group {
 public:
  explicit SecondOfTwo(Tensor others) : others_(std::move(others)) {}
  int64_t rank() const override { return 1; }
  int64_t size() const override { return 2; }
  Tensor gather(const Tensor& rows) override { return torch::cat({others_, rows}); }

 private:
  Tensor others_;
};

TEST(CPC, ComparesWithThePatchesOfAllProcesses) {
  sslx::test::Setting setting{.make_backbone = linear_backbone(3, 4), .pretrained = false};
  const auto whole = make_predictive("cpc", small_cpc(), setting);
  const auto backbone = whole->named_children()["backbone"]->as<sslx::Backbone>();
  const sslx::Batch batch = stack_batch(4, 4, 1, 1);
  double sum = 0;
  // Either half against both: in which order they come changes nothing.
  for (const int64_t first : {0, 2}) {
    const Tensor others = batch.views[0].slice(0, 2 - first, 4 - first);
    setting.group = std::make_shared<SecondOfTwo>(
        backbone->forward(others.transpose(1, 2).flatten(0, 1)).detach());
    const auto shard = make_predictive("cpc", small_cpc(), setting);
    sslx::test::restore(*shard, sslx::test::state_of(*whole));
    sslx::Batch half = batch;
    half.views[0] = batch.views[0].slice(0, first, first + 2);
    const sslx::Loss loss = shard->loss(half);
    EXPECT_DOUBLE_EQ(*loss.chance, std::log(4.0 * 16));
    sum += loss.value.item<double>();
  }
  EXPECT_NEAR(sum / 2, whole->loss(batch).value.item<double>(), 1e-5);
}

/// `count` steps of plain SGD from `first`; the losses.
std::vector<double> cpc_steps(sslx::Method& method, int first, int count) {
  torch::optim::SGD optimiser(method.parameters(), 0.1);
  std::vector<double> out;
  for (int step = first; step < first + count; ++step) {
    optimiser.zero_grad();
    const sslx::Loss loss = method.loss(stack_batch(3, 4, 8, static_cast<uint64_t>(step)));
    loss.value.backward();
    optimiser.step();
    method.after_step({step, 100, 0});
    out.push_back(loss.value.item<double>());
  }
  return out;
}

TEST(CPC, GoesOnFromASavedStateBitForBit) {
  const auto parameters = small_cpc({{"directions", 2}, {"target_width", 6}});
  const auto whole = make_predictive("cpc", parameters, cpc_setting());
  cpc_steps(*whole, 0, 3);
  const auto saved = sslx::test::state_of(*whole);
  const auto expected = cpc_steps(*whole, 3, 3);
  const auto resumed = make_predictive("cpc", parameters, cpc_setting("ln", 99));
  sslx::test::restore(*resumed, saved);
  EXPECT_EQ(cpc_steps(*resumed, 3, 3), expected);
  const auto other = make_predictive("cpc", parameters, cpc_setting("ln", 99));
  EXPECT_NE(cpc_steps(*other, 3, 3), expected);
}

std::string refusal(const nlohmann::json& parameters, const sslx::Batch& batch) {
  try {
    make_predictive("cpc", parameters, cpc_setting())->loss(batch);
  } catch (const sslx::Error& error) {
    return error.what();
  }
  return "";
}

TEST(CPC, SaysWhatDoesNotFit) {
  EXPECT_EQ(refusal(small_cpc(), stack_batch(2, 3, 8, 1)),
            "cpc's last_step is 3, and the recipe's patches are a grid of 3 x 3");
  EXPECT_EQ(refusal(small_cpc({{"first_step", 4}}), stack_batch(2, 5, 8, 1)),
            "cpc's first_step is 4; it must be at most its last_step, 3");
  sslx::Batch batch = stack_batch(2, 1, 8, 1);
  batch.views[0] = torch::zeros({2, 3, 20, 8});
  EXPECT_EQ(refusal(small_cpc(), batch),
            "an image of 8 x 20 pixels is no stack of square patches, one below the other");
  batch.views[0] = torch::zeros({2, 3, 24, 8});
  EXPECT_EQ(refusal(small_cpc(), batch), "3 patches are no square grid");
}

}  // namespace
