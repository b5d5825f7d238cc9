// Saved and loaded into a new optimiser, the next steps are the same, bit for bit.
#include "host/train/optimiser_state.h"

#include <gmock/gmock.h>
#include <sslx/error.h>

#include "tests/host/train/optimiser_fixture.h"

namespace sslx::train {
namespace {

using nlohmann::json;
using torch::Tensor;
using namespace sslx::test;

std::vector<Tensor> weights() {
  torch::manual_seed(1);
  std::vector<Tensor> out;
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{4, 3, 2, 2}, {4}, {5, 4}}) {
    Tensor value = torch::randn(shape);
    if (value.dim() == 4) value = value.contiguous(torch::MemoryFormat::ChannelsLast);
    out.push_back(value.requires_grad_());
  }
  return out;
}

/// The last weight has no gradient before step 3.
void steps(Optimiser& optimiser, const std::vector<Tensor>& weights, int64_t first, int64_t end) {
  for (int64_t step = first; step < end; ++step) {
    torch::manual_seed(static_cast<uint64_t>(step));
    for (size_t i = 0; i < weights.size(); ++i) {
      const Tensor gradient = torch::randn_like(weights[i]);
      if (i < 2 || step >= 3) weights[i].mutable_grad() = gradient;
    }
    optimiser.step(step);
  }
}

json config(const std::string& name) {
  return train_config({{"optimizer", name},
                       {"weight_decay", 1e-3},
                       {"warmup_epochs", 2},
                       {"lars_eta", 0.01},
                       {"lars_momentum", "classic"},
                       {"lars_exclude", true},
                       {"betas", {0.9, 0.99}},
                       {"clip_norm", 1.0}});
}

TEST(OptimiserState, GoesOnWithTheSameBits) {
  for (const char* name : {"sgd", "lars", "adam", "adamw"}) {
    for (const int64_t stop : {0, 2, 5}) {
      const std::vector<Tensor> whole = weights();
      Optimiser undisturbed = make_optimiser(config(name), {{whole}}, 10);
      steps(undisturbed, whole, 0, 10);

      const std::vector<Tensor> parts = weights();
      Optimiser first = make_optimiser(config(name), {{parts}}, 10);
      steps(first, parts, 0, stop);
      const State state = optimiser_state(first.algorithm());
      EXPECT_EQ(state.contains("2.momentum_buffer") || state.contains("2.exp_avg"), stop > 3);
      Optimiser second = make_optimiser(config(name), {{parts}}, 10);
      load_optimiser_state(second.algorithm(), state);
      EXPECT_EQ(state_digest(optimiser_state(second.algorithm())), state_digest(state));
      steps(second, parts, stop, 10);
      for (size_t i = 0; i < whole.size(); ++i) {
        EXPECT_TRUE(parts[i].equal(whole[i])) << name << ", stopped at " << stop;
      }
    }
  }
}

TEST(OptimiserState, IsOfItsOwnMoment) {
  const std::vector<Tensor> all = weights();
  Optimiser optimiser = make_optimiser(config("sgd"), {{all}}, 10);
  steps(optimiser, all, 0, 4);
  const State state = optimiser_state(optimiser.algorithm());
  const std::string before = state_digest(state);
  steps(optimiser, all, 4, 5);
  EXPECT_EQ(state_digest(state), before);
}

TEST(OptimiserState, OfAnotherIsRefusedAndChangesNothing) {
  const std::vector<Tensor> all = weights();
  Optimiser optimiser = make_optimiser(config("adam"), {{all}}, 10);
  steps(optimiser, all, 0, 2);
  const std::string before = state_digest(optimiser_state(optimiser.algorithm()));
  const auto refused = [&](const State& state) {
    EXPECT_THROW(load_optimiser_state(optimiser.algorithm(), state), Error);
    EXPECT_EQ(state_digest(optimiser_state(optimiser.algorithm())), before);
  };
  refused({{"0.momentum_buffer", torch::zeros({4, 3, 2, 2})}});
  refused({{"0.exp_avg", torch::zeros({4})}});
  refused({{"3.exp_avg", torch::zeros({4})}});
}

}  // namespace
}  // namespace sslx::train
