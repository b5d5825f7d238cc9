// Every loss and its gradient in float64 against tests/reference/losses.json: lightly 1.6, or the
// paper's formula in plain torch.
#include <gtest/gtest.h>
#include <sslx/losses.h>

#include <functional>
#include <map>

#include "tests/reference/reference.h"

namespace {

using nlohmann::json;
using sslx::test::expect_value_and_gradients;
using sslx::test::load_reference;
using sslx::test::tensor_of;
using torch::Tensor;

Tensor targets(const json& entry) {
  return torch::tensor(entry.at("targets").get<std::vector<int64_t>>());
}

using Function = std::function<Tensor(const Tensor&, const Tensor&, double, const json&)>;
const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all{
      {"nt_xent",
       [](auto& a, auto& b, double tau, auto&) { return sslx::nt_xent(a, b, tau).value; }},
      {"negative_cosine",
       [](auto& p, auto& z, double, auto&) { return sslx::negative_cosine(p, z); }},
      {"normalised_distance",
       [](auto& p, auto& z, double, auto&) { return sslx::normalised_distance(p, z); }},
      {"cross_correlation",
       [](auto& a, auto& b, double w, auto&) { return sslx::cross_correlation(a, b, w).value; }},
      {"invariant_spreading", [](auto& a, auto& b, double tau,
                                 auto&) { return sslx::invariant_spreading(a, b, tau).value; }},
      {"noise_contrastive",
       [](auto& logits, auto& z, double images, auto&) {
         return sslx::noise_contrastive(logits, z.flatten()[0], static_cast<int64_t>(images)).value;
       }},
      {"softmax_over",
       [](auto& q, auto& k, double tau, auto& entry) {
         return sslx::softmax_over(q, k, targets(entry), tau).value;
       }},
  };
  return all;
}

TEST(Losses, AgreeWithTheirReferencesInValueAndGradient) {
  const json cases = load_reference("losses").at("cases");
  ASSERT_EQ(cases.size(), 11U);
  for (const json& entry : cases) {
    const auto name = entry.at("function").get<std::string>();
    SCOPED_TRACE(name + " " + entry.at("number").dump());
    std::vector<Tensor> inputs;
    for (const json& rows : entry.at("inputs")) inputs.push_back(tensor_of(rows).requires_grad_());
    const Tensor value = functions().at(name)(inputs[0], inputs[1], entry.at("number"), entry);
    expect_value_and_gradients(value, inputs, entry);
  }
}

}  // namespace
