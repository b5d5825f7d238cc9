// MoCo v3's oracles: the loss of its parts and of the authors' formula, chance for equal logits, no
// gradient into the key encoder and no momentum copy of the predictor, the frozen patch projection.
#include <gtest/gtest.h>
#include <sslx/shards.h>

#include <cmath>

#include "method_fixture.h"
#include "teacher_fixture.h"
#include "tests/reference/reference.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::MethodSetting;
using sslx::test::narrow_batch;
using sslx::test::state_of;
using sslx::test::tensor_of;
using sslx::test::train_steps;
using sslx::test::wide_batch;
using torch::Tensor;

nlohmann::json small_mocov3(const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json out{{"hidden_width", 16}, {"output_width", 8}, {"temperature", 0.2}};
  out.update(more);
  return out;
}

TEST(MoCoV3, AgreesWithTheAuthorsFormulaInValueAndGradient) {
  sslx::Group alone;
  const auto cases = sslx::test::load_reference("teachers").at("moco_v3");
  ASSERT_EQ(cases.size(), 2U);
  for (const auto& entry : cases) {
    const double tau = entry.at("temperature");
    std::vector<Tensor> q, k;
    for (const auto& rows : entry.at("queries")) q.push_back(tensor_of(rows).requires_grad_());
    for (const auto& rows : entry.at("keys")) k.push_back(tensor_of(rows));
    const Tensor value = 2 * tau *
                         (sslx::in_batch_info_nce(q[0], k[1], tau, alone).value +
                          sslx::in_batch_info_nce(q[1], k[0], tau, alone).value);
    EXPECT_NEAR(value.item<double>(), entry.at("value").get<double>(), 1e-9);
    value.backward();
    for (size_t i = 0; i < 2; ++i) {
      const Tensor expected = tensor_of(entry.at("gradients")[i]);
      EXPECT_LT((q[i].grad() - expected).abs().max().item<double>(), 1e-9);
    }
  }
}

TEST(MoCoV3, AddsBothOrdersOfTheViews) {
  const auto method = make_method("mocov3", small_mocov3());
  method->to(torch::kFloat64);
  method->train();
  const sslx::Batch batch = wide_batch(0, 1);
  const double loss = method->loss(batch).value.item<double>();
  auto predictor = method->named_children()["predictor"]->as<torch::nn::Sequential>();
  double expected = 0;
  for (const size_t view : {0, 1}) {
    const Tensor p = predictor->forward(encode(*method, "query", batch.views[view]));
    const Tensor k = encode(*method, "key", batch.views[1 - view]);
    const Tensor logits = torch::mm(sslx::test::unit(p), sslx::test::unit(k).t()) / 0.2;
    expected -= 2 * 0.2 * logits.log_softmax(1).diagonal().mean().item<double>();
  }
  EXPECT_NEAR(loss, expected, 1e-9);
}

TEST(MoCoV3, IsAtChanceForEqualLogits) {
  const auto method = make_method("mocov3", small_mocov3({{"predictor_output_norm", false}}));
  method->train();
  {
    const torch::NoGradGuard guard;
    for (auto& item : method->named_parameters()) {
      if (item.key().starts_with("predictor.")) item->zero_();
    }
  }
  const sslx::Loss loss = method->loss(narrow_batch(0, 1));
  EXPECT_NEAR(loss.value.item<double>(), 4 * 0.2 * std::log(4.0), 1e-6);
  EXPECT_NEAR(*loss.chance, 4 * 0.2 * std::log(4.0), 1e-12);
  EXPECT_FALSE(method->separable());
}

/// Another process has the same keys, turned around.
class MirroredKeys : public sslx::Group {
 public:
  int64_t size() const override { return 2; }
  Tensor gather(const Tensor& rows) override { return torch::cat({rows, -rows}); }
};

TEST(MoCoV3, ScoresAgainstTheKeysOfAllProcesses) {
  MethodSetting shared;
  shared.group = std::make_shared<MirroredKeys>();
  const auto loss_with = [](const MethodSetting& setting) {
    const auto method = make_method("mocov3", small_mocov3(), setting);
    method->train();
    return method->loss(narrow_batch(0, 1));
  };
  EXPECT_GT(loss_with(shared).value.item<double>(), loss_with({}).value.item<double>() + 1e-3);
  EXPECT_NEAR(*loss_with(shared).chance, 4 * 0.2 * std::log(8.0), 1e-12);
}

TEST(MoCoV3, GivesTheKeyEncoderNoGradient) {
  const auto method = make_method("mocov3", small_mocov3());
  method->train();
  method->loss(narrow_batch(0, 1)).value.backward();
  for (const auto& item : method->named_parameters()) {
    EXPECT_EQ(item->grad().defined(), !item.key().starts_with("key.")) << item.key();
  }
}

TEST(MoCoV3, KeyEncoderFollowsByTheExactMomentumOnItsSchedule) {
  const std::vector<std::pair<int, double>> cases{{0, 0.01}, {50, 0.005}, {100, 0}};
  for (const auto& [step, expected] : cases) {
    const auto method = make_method("mocov3", small_mocov3());
    {
      const torch::NoGradGuard guard;
      for (auto& item : method->named_parameters()) {
        item->fill_(item.key().starts_with("key.") ? 0 : 1);
      }
    }
    method->after_step({step, 100, 0});
    for (const auto& item : method->named_parameters()) {
      const double value = item.key().starts_with("key.") ? expected : 1;
      EXPECT_LT((item.value() - value).abs().max().item<double>(), 1e-8) << item.key();
    }
  }
}

TEST(MoCoV3, MomentumZeroMakesTheKeysTheQuerysOwn) {
  const auto method =
      make_method("mocov3", small_mocov3({{"momentum", 0}, {"momentum_schedule", "constant"}}));
  train_steps(*method, 0, 2);
  const Tensor images = narrow_batch(0, 1).views[0];
  EXPECT_TRUE(encode(*method, "key", images).equal(encode(*method, "query", images)));
}

TEST(MoCoV3, LeavesAFrozenPatchProjectionAsItWasDrawn) {
  for (const bool frozen : {true, false}) {
    const auto method =
        make_method("mocov3", small_mocov3(),
                    sslx::test::on_small_vit({{"patch_projection", frozen ? "frozen" : "trained"},
                                              {"positions", "sincos"},
                                              {"init", "xavier_uniform"}}));
    const auto before = state_of(*method);
    train_steps(*method, 0, 3);
    const auto after = state_of(*method);
    const auto same = [&](const std::string& name) {
      return after.at(name).equal(before.at(name));
    };
    for (const std::string side : {"query", "key"}) {
      for (const std::string part : {"weight", "bias"}) {
        EXPECT_EQ(same(side + ".backbone.patch_embed.proj." + part), frozen) << side << part;
      }
      EXPECT_FALSE(same(side + ".backbone.blocks.0.attn.qkv.weight"));
      EXPECT_TRUE(same(side + ".backbone.pos_embed"));
    }
  }
}

TEST(MoCoV3, HasTheAuthorsHeads) {
  const auto names = [](const nlohmann::json& parameters) {
    std::vector<std::string> out;
    for (const auto& item : make_method("mocov3", small_mocov3(parameters))->named_parameters()) {
      const bool head =
          item.key().starts_with("query.head.") || item.key().starts_with("predictor.");
      if (head && item->dim() == 2) out.push_back(item.key());
      EXPECT_FALSE(head && item->dim() == 2 && item.key().ends_with("bias"));
    }
    return out;
  };
  EXPECT_EQ(names(nlohmann::json::object()).size(), 5U);
  EXPECT_EQ(names({{"projector_layers", 2}}).size(), 4U);
  EXPECT_EQ(names({{"projector_layers", 2}, {"predictor_layers", 0}}).size(), 2U);
}

TEST(MoCoV3, EvaluatesTheQuerysFeatures) {
  const auto method = make_method("mocov3", small_mocov3());
  train_steps(*method, 0, 2);
  method->eval();
  const Tensor images = narrow_batch(0, 1).views[0];
  EXPECT_TRUE(
      method->embed(images).equal(sslx::test::backbone_of(*method, "query")->forward(images)));
}

}  // namespace
