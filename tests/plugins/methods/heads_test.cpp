// The norm of the methods' heads: each kind trains, and the default is what the papers have.
#include <gtest/gtest.h>

#include "method_fixture.h"

namespace {

using sslx::test::make_method;
using sslx::test::random_batch;

struct Head {
  const char* method;
  const char* norm;  ///< By default.
  nlohmann::json parameters;
  std::string prefix = "head";  ///< Of the names of its parameters.
};
const std::vector<Head>& heads() {
  static const std::vector<Head> all{
      {"simclr", "bn", {{"output_width", 8}}},
      {"simclr", "bn", {{"output_width", 8}, {"hidden_width", 8}, {"head_layers", 4}}},
      {"moco", "none", {{"output_width", 8}, {"queue", 16}}},
      {"simsiam", "bn", {{"output_width", 8}, {"predictor_width", 8}}},
      {"byol", "bn", {{"output_width", 8}, {"hidden_width", 8}}, "projector"},
      {"byol", "bn", {{"output_width", 8}, {"hidden_width", 8}}, "predictor"},
      {"barlow_twins", "bn", {{"output_width", 8}, {"hidden_width", 8}}},
  };
  return all;
}

double first_loss(const Head& head, const nlohmann::json& changes) {
  nlohmann::json parameters = head.parameters;
  parameters.update(changes);
  const auto method = make_method(head.method, parameters);
  method->train();
  const torch::Tensor loss = method->loss(random_batch(8, 2, 1)).value;
  loss.backward();
  for (const auto& item : method->named_parameters()) {
    if (!item.value().requires_grad()) continue;
    EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
  }
  return loss.item<double>();
}

TEST(Heads, TrainWithEveryNorm) {
  for (const Head& head : heads()) {
    const double by_default = first_loss(head, nlohmann::json::object());
    for (const char* norm : {"bn", "sync_bn", "gn", "gn+ws", "ln", "none"}) {
      const double loss =
          first_loss(head, {{head.prefix + "_norm", norm}, {head.prefix + "_groups", 2}});
      EXPECT_TRUE(std::isfinite(loss)) << head.method << " " << norm;
      const bool same = norm == std::string(head.norm) ||
                        (norm == std::string("sync_bn") && head.norm == std::string("bn"));
      EXPECT_EQ(loss == by_default, same) << head.method << " " << norm;
    }
  }
}

/// The authors' last batch norm has a scale and no shift.
TEST(Heads, SimCLRsLastNormLearnsNoShiftUnlessAsked) {
  for (const bool asked : {false, true}) {
    const auto method = make_method("simclr", {{"output_width", 8}, {"output_shift", asked}});
    std::vector<torch::Tensor> shifts;
    for (const auto& item : method->named_parameters()) {
      const bool in_head = item.key().starts_with("encoder.head.");
      if (in_head && item.key().ends_with(".bias")) shifts.push_back(item.value());
    }
    ASSERT_EQ(shifts.size(), 2U) << "a norm after each of two layers";
    EXPECT_TRUE(shifts[0].requires_grad());
    EXPECT_EQ(shifts[1].requires_grad(), asked);
    sslx::test::train_steps(*method, 0, 3);
    EXPECT_EQ(shifts[1].abs().max().item<double>() > 0, asked);
    EXPECT_GT(shifts[0].abs().max().item<double>(), 0);
  }
}

}  // namespace
