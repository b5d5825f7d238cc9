// The losses of MoCo and SimCLR v2 with their gradients, and batch norm split into groups, in
// float64 against tests/reference/contrastive.json: lightly 1.6, the papers' formulas, MoCo's
// notebook.
#include <gtest/gtest.h>
#include <sslx/shards.h>

#include <functional>

#include "plugins/methods/moco_shuffle.h"
#include "plugins/methods/simclr_memory.h"
#include "tests/reference/reference.h"

namespace {

using nlohmann::json;
using sslx::test::expect_value_and_gradients;
using sslx::test::load_reference;
using sslx::test::tensor_of;
using torch::Tensor;

using Inputs = std::vector<Tensor>;
const std::map<std::string, std::function<Tensor(const Inputs&, double)>>& contrastive_losses() {
  static sslx::Group alone;
  static const std::map<std::string, std::function<Tensor(const Inputs&, double)>> all{
      {"info_nce",
       [](auto& in, double tau) { return sslx::info_nce(in[0], in[1], in[2], tau).value; }},
      {"in_batch_info_nce",
       [](auto& in, double tau) {
         return sslx::in_batch_info_nce(in[0], in[1], tau, alone).value;
       }},
      {"nt_xent_with_memory",
       [](auto& in, double tau) {
         return sslx::nt_xent(in[0], in[1], in[2].detach(), tau, alone).value;
       }},
  };
  return all;
}

TEST(ContrastiveReference, AgreesInValueAndGradient) {
  const json cases = load_reference("contrastive").at("cases");
  ASSERT_EQ(cases.size(), 6U);
  for (const json& entry : cases) {
    SCOPED_TRACE(entry.at("function").get<std::string>() + " " + entry.at("number").dump());
    Inputs inputs;
    for (const json& rows : entry.at("inputs")) inputs.push_back(tensor_of(rows));
    for (size_t i = 0; i < inputs.size(); ++i) {
      inputs[i].set_requires_grad(!entry.at("gradients")[i].is_null() || i == 1);
    }
    const Tensor value =
        contrastive_losses().at(entry.at("function"))(inputs, entry.at("number").get<double>());
    expect_value_and_gradients(value, inputs, entry);
  }
}

/// A batch norm and nothing else: its output, flattened.
struct NormAlone : sslx::Backbone {
  explicit NormAlone(int64_t channels)
      : norm(register_module("norm", sslx::Norm(channels, sslx::NormOptions{}))) {}
  Tensor forward(const Tensor& images) override { return norm->forward(images).flatten(1); }
  Tensor feature_map(const Tensor& images) override { return norm->forward(images); }
  int64_t feature_dim() const override { return 8; }
  sslx::Norm norm;
};

TEST(ContrastiveReference, GroupsAreTheNotebooksSplitBatchNorm) {
  const json reference = load_reference("contrastive").at("split_batch_norm");
  const auto splits = reference.at("splits").get<int64_t>();
  const Tensor images = tensor_of(reference.at("images"));
  // The notebook deals image i to group i mod splits; here a group's images follow each other.
  const auto grouped = [&](const Tensor& x) {
    return x.unflatten(0, {-1, splits}).transpose(0, 1).flatten(0, 1);
  };
  const auto backbone = std::make_shared<NormAlone>(2);
  sslx::MlpOptions none;
  none.layers = 0;
  sslx::Encoder encoder(backbone, none);
  encoder->to(torch::kFloat64);
  const torch::NoGradGuard guard;
  backbone->norm->running_mean.fill_(0.5);
  backbone->norm->running_var.fill_(2.0);
  const Tensor out = sslx::encode_in_groups(encoder, grouped(images), splits);
  const Tensor expected = grouped(tensor_of(reference.at("out"))).flatten(1);
  EXPECT_LT((out - expected).abs().max().item<double>(), 1e-12);
  EXPECT_TRUE(
      torch::allclose(backbone->norm->running_mean, tensor_of(reference.at("mean")), 1e-12, 1e-12));
  EXPECT_TRUE(
      torch::allclose(backbone->norm->running_var, tensor_of(reference.at("var")), 1e-12, 1e-12));
}

}  // namespace
