// Every method that learns: its registered state is all that it needs to go on. Saved after some
// steps and loaded into a new module, the next steps are the same, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>

#include "method_fixture.h"

namespace {

using sslx::test::expect_goes_on;
using sslx::test::make_method;
using sslx::test::train_steps;

struct Case {
  const char* method;
  nlohmann::json parameters;
  std::vector<int64_t> channels{3, 3};  ///< Of the views.
};

const std::vector<Case>& cases() {
  const std::vector<int64_t> one{3};
  const std::vector<int64_t> lab{1, 2};
  static const std::vector<Case> all{
      {"simclr", {{"output_width", 8}}},
      {"simclr", {{"output_width", 8}, {"memory", 20}, {"momentum", 0.9}}},
      {"simclr", {{"head_layers", 3}, {"temperature_schedule", "cosine"}}},
      {"moco", {{"queue", 24}, {"output_width", 8}, {"momentum", 0.9}}},
      {"moco", {{"queue", 20}, {"symmetric", true}, {"momentum_schedule", "linear"}}},
      {"moco", {{"queue", 24}, {"bn_groups", 2}, {"temperature_schedule", "linear"}}},
      {"moco", {{"dictionary", "end_to_end"}, {"bn_groups", 2}}},
      {"moco", {{"dictionary", "bank"}, {"output_width", 8}, {"queue", 12}}, one},
      {"simsiam", {{"output_width", 16}, {"predictor_width", 8}}},
      {"simsiam", {{"output_width", 16}, {"target", "moving_average"}, {"predictor", "none"}}},
      {"byol", {{"hidden_width", 16}, {"output_width", 8}, {"momentum", 0.9}}},
      {"barlow_twins", {{"hidden_width", 16}, {"output_width", 8}}},
      {"invaspread", {{"output_width", 8}}},
      {"instdisc", {{"output_width", 8}, {"negatives", 12}, {"proximal", 0.5}}, one},
      {"instdisc", {{"output_width", 8}, {"negatives", 0}, {"form", "softmax"}}, one},
      {"cmc", {{"output_width", 8}, {"negatives", 12}}, lab},
      {"cmc", {{"output_width", 8}, {"negatives_from", "batch"}}, lab},
      {"supervised", nlohmann::json::object(), one},
  };
  return all;
}

TEST(Resume, GoesOnFromASavedStateBitForBit) {
  for (const Case& item : cases()) {
    SCOPED_TRACE(std::string(item.method) + " " + item.parameters.dump());
    expect_goes_on([&](uint64_t seed) { return make_method(item.method, item.parameters, seed); },
                   [&](sslx::Method& method, int first, int steps) {
                     return train_steps(method, first, steps, item.channels);
                   },
                   4);
  }
}

TEST(Resume, OptimisesEveryTrainableParameterOnce) {
  for (const Case& item : cases()) {
    const auto method = make_method(item.method, item.parameters);
    std::vector<const void*> expected;
    std::vector<const void*> found;
    for (const auto& p : method->parameters()) {
      if (p.requires_grad()) expected.push_back(p.unsafeGetTensorImpl());
    }
    for (const auto& group : method->parameter_groups()) {
      for (const auto& p : group.parameters) found.push_back(p.unsafeGetTensorImpl());
    }
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, expected) << item.method;
  }
}

}  // namespace
