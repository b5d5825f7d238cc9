// SimSiam's oracles: its loss and its switches against what its own parts make, and the averages
// that stand for the other view.
#include <gtest/gtest.h>
#include <sslx/error.h>

#include <mutex>

#include "method_fixture.h"
#include "tests/host/sdk/thread_group.h"

namespace {

using sslx::test::make_method;
using sslx::test::MethodSetting;
using sslx::test::random_batch;
using sslx::test::sgd_step;
using sslx::test::state_of;
using sslx::test::unit;
using torch::Tensor;

const nlohmann::json kSmallSimsiam{
    {"output_width", 16}, {"predictor_width", 8}, {"projector_layers", 2}};

std::shared_ptr<sslx::Method> simsiam(const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json parameters = kSmallSimsiam;
  parameters.update(more);
  auto method = make_method("simsiam", parameters);
  method->train();
  return method;
}

Tensor part(const sslx::Method& method, const std::string& name, const Tensor& x) {
  return method.named_children()[name]->as<torch::nn::Sequential>()->forward(x);
}

Tensor projected(const sslx::Method& method, const Tensor& images) {
  const auto backbone = method.named_children()["backbone"]->as<sslx::Backbone>();
  return part(method, "projector", backbone->forward(images));
}

/// -cos of p and the target, section 3.
double minus_cosine(const Tensor& p, const Tensor& target) {
  return -(unit(p) * unit(target)).sum(1).mean().item<double>();
}

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

TEST(SimSiam, PredictsBothViewsOrTheFirstFromTheSecond) {
  const auto batch = random_batch(8, 2, 1);
  for (const bool symmetric : {true, false}) {
    const auto method = simsiam({{"symmetric", symmetric}});
    const Tensor z0 = projected(*method, batch.views[0]);
    const Tensor z1 = projected(*method, batch.views[1]);
    const double second = minus_cosine(part(*method, "predictor", z1), z0);
    const double first = minus_cosine(part(*method, "predictor", z0), z1);
    EXPECT_NEAR(method->loss(batch).value.item<double>(), symmetric ? (first + second) / 2 : second,
                1e-5);
  }
}

TEST(SimSiam, ComparesTheViewsThemselvesWithoutAPredictor) {
  const auto batch = random_batch(8, 2, 1);
  const auto method = simsiam({{"predictor", "none"}});
  EXPECT_NEAR(method->loss(batch).value.item<double>(),
              minus_cosine(projected(*method, batch.views[0]), projected(*method, batch.views[1])),
              1e-5);
  EXPECT_EQ(method->parameter_groups().size(), 1U);
}

TEST(SimSiam, LeavesAFixedPredictorAsItIs) {
  const auto method = simsiam({{"predictor", "fixed"}});
  const auto before = state_of(*method);
  EXPECT_EQ(method->parameter_groups().size(), 1U);
  sgd_step(*method, random_batch(8, 2, 1), 0);
  for (const auto& item : method->named_parameters()) {
    const bool same = item.value().equal(before.at(item.key()));
    EXPECT_EQ(same, item.key().starts_with("predictor.")) << item.key();
  }
}

TEST(SimSiam, HasEachNormOfItsHeadsByASwitch) {
  const auto norms = [](const nlohmann::json& more) {
    std::map<std::string, int> out;
    for (const auto& item : simsiam(more)->named_buffers()) {
      const std::string& name = item.key();
      if (name.ends_with("running_mean")) ++out[name.substr(0, name.find('.'))];
    }
    return out;
  };
  auto all = norms(nlohmann::json::object());
  EXPECT_EQ(all["projector"], 2);
  EXPECT_EQ(all["predictor"], 1);
  EXPECT_EQ(norms({{"projector_hidden_norm", false}})["projector"], 1);
  EXPECT_EQ(norms({{"projector_output_norm", false}})["projector"], 1);
  EXPECT_EQ(norms({{"predictor_hidden_norm", false}})["predictor"], 0);
  EXPECT_EQ(norms({{"predictor_output_norm", true}})["predictor"], 2);
  const size_t parameters = simsiam()->parameters().size();
  EXPECT_EQ(simsiam({{"projector_output_affine", true}})->parameters().size(), parameters + 2);
}

TEST(SimSiam, PredictsTheAverageOfAnImagesViews) {
  const auto method = simsiam({{"target", "moving_average"}, {"predictor", "none"}});
  const auto first = random_batch(8, 2, 1);
  const auto second = random_batch(8, 2, 2);
  const auto views = [&](const sslx::Batch& batch) {
    return std::pair(projected(*method, batch.views[0]), projected(*method, batch.views[1]));
  };
  const auto [a0, a1] = views(first);
  const Tensor eta = (a0 + a1) / 2;
  EXPECT_NEAR(method->loss(first).value.item<double>(), minus_cosine(a0, a1), 1e-5)
      << "an image that was never seen is averaged from these views on";
  EXPECT_TRUE(state_of(*method).at("averages").slice(0, 0, 8).allclose(eta));

  const auto [b0, b1] = views(second);
  const Tensor target0 = 0.8 * eta + 0.2 * b0;
  const Tensor target1 = 0.8 * eta + 0.2 * b1;
  EXPECT_NEAR(method->loss(second).value.item<double>(),
              (minus_cosine(b0, target1) + minus_cosine(b1, target0)) / 2, 1e-5);
  const Tensor rows = state_of(*method).at("averages");
  EXPECT_TRUE(rows.slice(0, 0, 8).allclose((target0 + target1) / 2, 1e-5, 1e-6));
  EXPECT_EQ(rows.slice(0, 8).abs().max().item<double>(), 0) << "images of no batch so far";
}

/// Without norms, so that a shard's images are encoded as the whole batch's are.
std::shared_ptr<sslx::Method> averaging_simsiam(const std::shared_ptr<sslx::Group>& group) {
  nlohmann::json parameters = kSmallSimsiam;
  parameters.update({{"target", "moving_average"}, {"head_norm", "none"}});
  MethodSetting setting;
  setting.backbone_parameters["norm"] = "none";
  setting.group = group;
  auto method = make_method("simsiam", parameters, setting);
  method->train();
  return method;
}

TEST(SimSiam, AveragesTheImagesOfAllProcesses) {
  const auto batch = random_batch(8, 2, 1);
  const auto whole = averaging_simsiam(std::make_shared<sslx::Group>());
  whole->loss(batch);
  const Tensor expected = state_of(*whole).at("averages");
  ASSERT_GT(expected.slice(0, 4, 8).abs().sum().item<double>(), 0);

  std::mutex plugins;
  std::vector<std::map<std::string, Tensor>> found(2);
  sslx::test::run_in_group(2, sslx::test::Fault::kNone, [&](sslx::Group& group) {
    std::unique_lock lock(plugins);
    const auto method = averaging_simsiam({std::shared_ptr<void>(), &group});
    lock.unlock();
    const int64_t first = 4 * group.rank();
    sslx::Batch shard = batch;
    for (Tensor& view : shard.views) view = view.slice(0, first, first + 4);
    shard.indices = batch.indices.slice(0, first, first + 4);
    method->loss(shard);
    found[static_cast<size_t>(group.rank())] = state_of(*method);
  });
  for (const auto& state : found) {
    EXPECT_TRUE(state.at("averages").allclose(expected, 1e-4, 1e-6));
    EXPECT_TRUE(state.at("averaged").equal(state_of(*whole).at("averaged")));
  }
}

TEST(SimSiam, RefusesAveragesWithAGradient) {
  EXPECT_THROW(simsiam({{"target", "moving_average"}, {"stop_gradient", false}}), sslx::Error);
}

}  // namespace
