// CPC and CRD, whole plugins on a linear backbone, in float64 against tests/reference/cpc.json:
// the papers' formulas patch by patch and image by image.
#include <gtest/gtest.h>

#include "predictive_fixture.h"
#include "tests/reference/reference.h"

namespace {

using nlohmann::json;
using sslx::test::load_reference;
using sslx::test::tensor_of;
using torch::Tensor;

std::shared_ptr<sslx::Method> method_of(const json& entry) {
  const json& state = entry.at("state");
  const std::string name = entry.at("method");
  const std::string backbone = name == "cpc" ? "backbone" : "student.backbone";
  const json& layer = state.at(backbone + ".layer.weight");
  sslx::test::Setting setting{sslx::test::linear_backbone(std::ssize(layer[0]), std::ssize(layer))};
  if (name == "crd") setting.images = std::ssize(state.at("teacher_bank.rows"));
  const auto method = sslx::test::make_predictive(name, entry.at("parameters"), setting);
  method->to(torch::kFloat64);
  method->train();
  const torch::NoGradGuard guard;
  auto parameters = method->named_parameters();
  auto buffers = method->named_buffers();
  for (const auto& [key, values] : state.items()) {
    Tensor& into = parameters.contains(key) ? parameters[key] : buffers[key];
    into.copy_(tensor_of(values).view(into.sizes()));
  }
  const json seeds = entry.value("seeds", json::object());
  for (const auto& [side, seed] : seeds.items()) {
    buffers[side + "_bank.seed"].fill_(seed.get<int64_t>());
  }
  return method;
}

sslx::Batch batch_of(const json& entry) {
  sslx::Batch out;
  out.views = {tensor_of(entry.at("images"))};
  const auto places = entry.value("indices", std::vector<int64_t>{0, 1});
  out.indices = torch::tensor(places);
  out.labels = torch::tensor(entry.value("labels", std::vector<int64_t>{0, 1}));
  return out;
}

TEST(Predictive, AgreesWithTheFormulasInValueAndGradient) {
  const json cases = load_reference("cpc").at("cases");
  ASSERT_EQ(cases.size(), 3U);
  for (const json& entry : cases) {
    SCOPED_TRACE(entry.at("method").dump() + " " + entry.at("parameters").dump());
    const auto method = method_of(entry);
    const sslx::Loss loss = method->loss(batch_of(entry));
    EXPECT_NEAR(loss.value.item<double>(), entry.at("value").get<double>(), 1e-9);
    loss.value.backward();
    size_t compared = 0;
    for (const auto& item : method->named_parameters()) {
      const Tensor& gradient = item.value().grad();
      ASSERT_EQ(gradient.defined(), entry.at("gradients").contains(item.key())) << item.key();
      if (!gradient.defined()) continue;
      const Tensor expected =
          tensor_of(entry.at("gradients").at(item.key())).view(gradient.sizes());
      EXPECT_LT((gradient - expected).abs().max().item<double>(), 1e-9) << item.key();
      ++compared;
    }
    EXPECT_EQ(compared, entry.at("gradients").size());
  }
}

}  // namespace
