// DINO's oracles: the mean over pairs of its own parts, the centre's exact update, the teacher's
// schedules, what has a gradient and what has none.
#include <gtest/gtest.h>

#include <cmath>

#include "dino_pairs.h"
#include "method_fixture.h"
#include "teacher_fixture.h"

namespace {

namespace dino = sslx::dino;
using sslx::test::backbone_of;
using sslx::test::make_method;
using sslx::test::MethodSetting;
using sslx::test::narrow_batch;
using sslx::test::wide_batch;
using torch::Tensor;
using Views = std::vector<Tensor>;

nlohmann::json small_dino(const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json out{{"output_width", 12},
                     {"hidden_width", 16},
                     {"bottleneck_width", 6},
                     {"last_layer_frozen", 0}};
  out.update(more);
  return out;
}

MethodSetting with_local(int64_t count) {
  MethodSetting out;
  out.local_views = count;
  return out;
}

/// The head from the parameters' names: three layers with GELU, unit length, unit rows.
Tensor logits_of(const sslx::Method& method, const std::string& side, const Tensor& images) {
  const auto parameters = method.named_parameters();
  const auto get = [&](const std::string& name) { return parameters[side + ".head." + name]; };
  Tensor x = backbone_of(method, side)->forward(images);
  for (const char* layer : {"mlp.0", "mlp.2", "mlp.4"}) {
    const std::string name(layer);
    x = torch::linear(x, get(name + ".weight"), get(name + ".bias"));
    if (name != "mlp.4") x = 0.5 * x * (1 + torch::erf(x / std::sqrt(2.0)));
  }
  const Tensor rows = get("last_layer.weight_v");
  return torch::mm(sslx::test::unit(x), (sslx::test::unit(rows) * get("last_layer.weight_g")).t());
}

std::map<std::string, double> diagnostics_of(sslx::Method& method, const sslx::Batch& batch) {
  std::map<std::string, double> out;
  const sslx::Loss loss = method.loss(batch);
  for (const auto& [name, value] : loss.diagnostics) out[name] = value.item<double>();
  out["loss"] = loss.value.item<double>();
  return out;
}

TEST(DINO, IsTheMeanOverPairsOfDifferentCrops) {
  for (const int64_t local : {0, 3}) {
    const auto method = make_method("dino", small_dino(), with_local(local));
    EXPECT_EQ(method->view_count(), 2 + local);
    method->to(torch::kFloat64);
    method->train();
    const torch::NoGradGuard guard;
    for (auto& item : method->named_buffers()) {
      if (item.key() == "centre") item.value().copy_(torch::randn({12}) / 10);
    }
    const sslx::Batch batch = wide_batch(local, 1);
    const double loss = method->loss(batch).value.item<double>();
    // Crops of one size are one batch for batch norm.
    const Tensor globals = torch::cat({batch.views[0], batch.views[1]});
    Views student = logits_of(*method, "student", globals).chunk(2);
    if (local > 0) {
      const Views small(batch.views.begin() + 2, batch.views.end());
      for (const Tensor& part : logits_of(*method, "student", torch::cat(small)).chunk(local)) {
        student.push_back(part);
      }
    }
    const Views teacher = logits_of(*method, "teacher", globals).chunk(2);
    const Tensor centre = method->named_buffers()["centre"];
    EXPECT_NEAR(loss, sslx::test::over_pairs(teacher, student, centre, 0.04, 0.1).item<double>(),
                1e-9);
  }
}

TEST(DINO, KeepsTheLastLayersRowsAtLengthOne) {
  const auto method = make_method("dino", small_dino());
  method->train();
  const double before = method->loss(narrow_batch(0, 1)).value.item<double>();
  {
    const torch::NoGradGuard guard;
    method->named_parameters()["student.head.last_layer.weight_v"].mul_(3);
  }
  EXPECT_NEAR(method->loss(narrow_batch(0, 1)).value.item<double>(), before, 1e-5);
  for (const bool unit : {true, false}) {
    const auto other = make_method("dino", small_dino({{"unit_last_layer", unit}}));
    EXPECT_EQ(other->named_parameters()["student.head.last_layer.weight_g"].requires_grad(), !unit);
  }
}

TEST(DINO, GivesTheTeacherNoGradientAndTheLastLayerNoneAtFirst) {
  const auto method = make_method("dino", small_dino({{"last_layer_frozen", 0.02}}));
  method->train();
  for (const int step : {0, 1, 2}) {
    method->zero_grad();
    method->loss(narrow_batch(0, 1)).value.backward();
    for (const auto& item : method->named_parameters()) {
      const bool last = item.key() == "student.head.last_layer.weight_v";
      const bool trained = item.key().starts_with("student.") && item->requires_grad();
      EXPECT_EQ(item->grad().defined(), trained && (!last || step == 2)) << item.key() << step;
    }
    method->after_step({step, 100, 0});
  }
}

TEST(DINO, CentreBecomesATenthOfTheBatchsMeanAfterTheStep) {
  const auto method = make_method("dino", small_dino(), with_local(2));
  method->train();
  const auto centre = [&] { return method->named_buffers()["centre"].clone(); };
  Views means;
  for (const uint64_t seed : {1, 2}) {  // Two batches of one step count alike.
    const sslx::Batch batch = narrow_batch(2, seed);
    const Tensor globals = torch::cat({batch.views[0], batch.views[1]});
    means.push_back(logits_of(*method, "teacher", globals).mean(0).detach());
    method->loss(batch);
    EXPECT_EQ(centre().abs().max().item<double>(), 0);
  }
  method->after_step({0, 100, 0});
  const Tensor expected = 0.1 * (means[0] + means[1]) / 2;
  EXPECT_TRUE(torch::allclose(centre(), expected, 1e-4, 1e-6));
  method->after_step({1, 100, 0});
  EXPECT_TRUE(torch::allclose(centre(), expected, 1e-4, 1e-6)) << "nothing new was seen";
}

/// Of two processes, the other has 3 more of everything.
class OtherHasThreeMore : public sslx::Group {
 public:
  int64_t size() const override { return 2; }
  Tensor sum(const Tensor& values) override { return 2 * values + 3; }
};

TEST(DINO, CentreIsThatOfAllProcessesAndCanBeLeftOut) {
  const auto after = [](const nlohmann::json& parameters, const MethodSetting& setting) {
    const auto method = make_method("dino", parameters, setting);
    method->train();
    method->loss(narrow_batch(0, 1));
    method->after_step({0, 100, 0});
    return method->named_buffers()["centre"].clone();
  };
  MethodSetting shared;
  shared.group = std::make_shared<OtherHasThreeMore>();
  EXPECT_TRUE(
      torch::allclose(after(small_dino(), shared), after(small_dino(), {}) + 0.15, 1e-5, 1e-6));
  EXPECT_EQ(after(small_dino({{"centring", false}}), {}).abs().max().item<double>(), 0);
}

TEST(DINO, TeacherFollowsInClosedForm) {
  const auto method = make_method("dino", small_dino({{"momentum_schedule", "constant"}}));
  {
    const torch::NoGradGuard guard;
    for (auto& item : method->named_parameters()) {
      item->fill_(item.key().starts_with("student.") ? 1 : 0);
    }
  }
  for (int step = 0; step < 10; ++step) method->after_step({step, 100, 0});
  const double expected = 1 - std::pow(0.996, 10);
  for (const auto& item : method->named_parameters()) {
    if (!item.key().starts_with("teacher.")) continue;
    EXPECT_LT((item.value() - expected).abs().max().item<double>(), 1e-7) << item.key();
  }
}

/// The targets' entropy after so many of 100 steps, and what it is at a temperature.
std::pair<double, double> entropies(const nlohmann::json& parameters, int steps, double tau) {
  const auto method = make_method("dino", small_dino(parameters));
  method->train();
  for (int step = 0; step < steps; ++step) method->after_step({step, 100, 0});
  const sslx::Batch batch = narrow_batch(0, 1);
  const Tensor logits = logits_of(*method, "teacher", torch::cat(batch.views));
  const Tensor centre = method->named_buffers()["centre"];
  const Tensor p = dino::teacher_distribution(logits, centre, tau);
  return {diagnostics_of(*method, batch).at("teacher_entropy"),
          dino::entropy(p).mean().item<double>()};
}

TEST(DINO, WarmsTheTeachersTemperatureUp) {
  const std::vector<std::pair<int, double>> warm{{0, 0.04}, {5, 0.055}, {10, 0.07}, {60, 0.07}};
  for (const auto& [steps, tau] : warm) {
    const auto [found, expected] = entropies(nlohmann::json::object(), steps, tau);
    EXPECT_NEAR(found, expected, 1e-5) << steps;
  }
  const auto [found, expected] = entropies({{"sharpening", false}}, 0, 0.1);
  EXPECT_NEAR(found, expected, 1e-5);
  const auto [plain, sharp] = entropies({{"sharpening", false}}, 0, 0.04);
  EXPECT_GT(std::abs(plain - sharp), 1e-3);
}

TEST(DINO, NamesWhatTellsOfACollapse) {
  const auto method = make_method("dino", small_dino());
  method->train();
  const auto found = diagnostics_of(*method, narrow_batch(0, 1));
  EXPECT_NEAR(found.at("divergence"), found.at("loss") - found.at("teacher_entropy"), 1e-5);
  EXPECT_GT(found.at("divergence"), 0);
  EXPECT_GT(found.at("output_deviation"), 0.1);
  EXPECT_GE(found.at("usage_entropy"), found.at("teacher_entropy"));
  EXPECT_NEAR(found.at("output_information"),
              found.at("usage_entropy") - found.at("teacher_entropy"), 1e-6);
  EXPECT_EQ(*method->loss(narrow_batch(0, 1)).chance, std::log(12.0));
  EXPECT_TRUE(method->separable());
}

TEST(DINO, LeavesStochasticDepthToTheStudent) {
  const auto method =
      make_method("dino", small_dino(), sslx::test::on_small_vit({{"drop_path", 0.9}}));
  method->train();
  const auto once = diagnostics_of(*method, narrow_batch(0, 1));
  const auto again = diagnostics_of(*method, narrow_batch(0, 1));
  EXPECT_EQ(once.at("teacher_entropy"), again.at("teacher_entropy"));
  EXPECT_NE(once.at("loss"), again.at("loss"));
}

TEST(DINO, TeachersBatchNormReadsTheBatchInTrainingAlone) {
  const auto method = make_method("dino", small_dino());
  const auto moved = [&](const char* side) {
    const auto before = sslx::test::state_of(*method);
    method->loss(narrow_batch(0, 1));
    bool out = false;
    for (const auto& [name, value] : sslx::test::state_of(*method)) {
      const bool statistic = name.starts_with(side) && name.ends_with("running_mean");
      out = out || (statistic && !value.equal(before.at(name)));
    }
    return out;
  };
  method->train();
  EXPECT_TRUE(moved("teacher."));
  EXPECT_TRUE(moved("student."));
  method->eval();
  EXPECT_FALSE(moved("teacher."));
}

TEST(DINO, EvaluatesTheTeacherUnlessTold) {
  for (const std::string side : {"teacher", "student"}) {
    const auto method = make_method("dino", small_dino({{"features", side}}));
    sslx::test::train_steps(*method, 0, 2);
    method->eval();
    const Tensor images = narrow_batch(0, 1).views[0];
    EXPECT_TRUE(method->embed(images).equal(backbone_of(*method, side)->forward(images)));
    EXPECT_FALSE(method->embed(images).equal(
        backbone_of(*method, side == "teacher" ? "student" : "teacher")->forward(images)));
  }
}

}  // namespace
