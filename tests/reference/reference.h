// The reference files beside this header, which the scripts of the same names make: read, as
// tensors, and compared.
#pragma once

#include <gtest/gtest.h>
#include <sslx/torch.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::test {

/// tests/reference/NAME.json.
inline nlohmann::json load_reference(const std::string& name) {
  return nlohmann::json::parse(std::ifstream(std::string(std::getenv("SSLX_SOURCE_DIR")) +
                                             "/tests/reference/" + name + ".json"));
}

inline void flatten_into(const nlohmann::json& nested, std::vector<double>& out) {
  if (nested.is_number()) return out.push_back(nested.get<double>());
  for (const nlohmann::json& part : nested) flatten_into(part, out);
}

/// Lists of lists as a float64 tensor of their shape.
inline torch::Tensor tensor_of(const nlohmann::json& nested) {
  std::vector<int64_t> shape;
  for (const nlohmann::json* at = &nested; at->is_array(); at = &at->front()) {
    shape.push_back(static_cast<int64_t>(at->size()));
  }
  std::vector<double> values;
  flatten_into(nested, values);
  return torch::tensor(values, torch::kFloat64).view(shape);
}

/// The largest difference of any element.
inline double error_of(const torch::Tensor& found, const nlohmann::json& expected) {
  return (found - tensor_of(expected)).abs().max().item<double>();
}

/// The value and, of each input, the gradient or its absence (null), as losses.py and
/// contrastive.py write them.
inline void expect_value_and_gradients(const torch::Tensor& value,
                                       const std::vector<torch::Tensor>& inputs,
                                       const nlohmann::json& entry) {
  EXPECT_NEAR(value.item<double>(), entry.at("value").get<double>(), 1e-9);
  value.backward();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const nlohmann::json& expected = entry.at("gradients")[i];
    ASSERT_EQ(inputs[i].grad().defined(), !expected.is_null()) << i;
    if (expected.is_null()) continue;
    EXPECT_LT(error_of(inputs[i].grad(), expected), 1e-9) << i;
  }
}

}  // namespace sslx::test
