#include "host/weights/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/torch.h>

namespace {

using namespace sslx::train;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct NetImpl : torch::nn::Module {
  NetImpl() {
    register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 4, 3).bias(false)));
    register_module("bn1", torch::nn::BatchNorm2d(4));
  }
};
TORCH_MODULE(Net);

/// The net's weights as a file has them.
State wrapped(const Net& net, const std::string& prefix) {
  State out;
  for (const auto& [name, tensor] : module_state(*net)) out[prefix + name] = tensor.clone();
  return out;
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
    return "";
  } catch (const sslx::Error& error) {
    return error.what();
  }
}

WeightsFit fit(const State& file) { return fit_weights(file, *Net(), std::nullopt, "f"); }

std::string misfit(const State& file) {
  return message_of([&] { check_fit(fit(file), "f", "backbone 'net'"); });
}

TEST(FitWeights, FindsThePrefixOfPublishedCheckpoints) {
  const Net net;
  for (const char* prefix :
       {"", "module.", "backbone.", "encoder.", "module.encoder_q.", "a.b.c."}) {
    const WeightsFit found = fit(wrapped(net, prefix));
    EXPECT_EQ(found.prefix, prefix);
    EXPECT_EQ(found.problems(), 0U);
    EXPECT_EQ(state_digest(found.state), state_digest(module_state(*net)));
  }
}

TEST(FitWeights, LeavesOutTheClassifierAndWhatLiesBesideTheEncoder) {
  State file = wrapped(Net(), "module.encoder_q.");
  file.merge(wrapped(Net(), "module.encoder_k."));
  file["module.encoder_q.fc.0.weight"] = torch::ones({2, 4});
  file["module.queue"] = torch::ones({2, 4});
  const WeightsFit found = fit(file);
  EXPECT_EQ(found.prefix, "module.encoder_q.");
  EXPECT_EQ(found.problems(), 0U);
  EXPECT_EQ(found.left_out.size(), 8U);
  EXPECT_EQ(left_out_text(found),
            "module.encoder_k (6), module.encoder_q.fc (1), module.queue (1)");
  file = wrapped(Net(), "");
  file["fc.weight"] = file["fc.bias"] = torch::ones({1});
  EXPECT_EQ(left_out_text(fit(file)), "fc (2)");
}

TEST(FitWeights, AsksWhichOfSeveralEncodersIsMeant) {
  State file = wrapped(Net(), "left.");
  file.merge(wrapped(Net(), "right."));
  EXPECT_EQ(message_of([&] { fit(file); }),
            "f has weights for this backbone under several prefixes: 'left.', 'right.'");
  EXPECT_EQ(fit_weights(file, *Net(), "right.", "f").problems(), 0U);
}

TEST(FitWeights, NamesWhatIsMissingDifferentOrForeign) {
  State file = wrapped(Net(), "m.");
  file.erase("m.bn1.weight");
  EXPECT_EQ(misfit(file),
            "f does not fit backbone 'net' under the prefix 'm.': 1 of its 6 tensors "
            "are missing (bn1.weight)");
  file = wrapped(Net(), "");
  file["conv1.weight"] = torch::ones({4, 1, 3, 3});
  EXPECT_EQ(
      misfit(file),
      "f does not fit backbone 'net': 1 differ (conv1.weight is [4, 1, 3, 3], not [4, 3, 3, 3])");
  file = wrapped(Net(), "");
  file["conv1.weight"] = torch::ones({4, 3, 3, 3}, torch::kInt64);
  EXPECT_THAT(misfit(file), HasSubstr("conv1.weight is of type Long, not Float"));
  // A ResNet-34 has all that a ResNet-18 has, and more.
  file = wrapped(Net(), "");
  file["layer1.2.conv1.weight"] = torch::ones({1});
  EXPECT_EQ(misfit(file),
            "f does not fit backbone 'net': 1 more are in the file (layer1.2.conv1.weight)");
  EXPECT_THAT(misfit({{"x", torch::ones({1})}}), HasSubstr("5 of its 6 tensors are missing ("));
  EXPECT_THAT(misfit({}), HasSubstr("are missing"));
}

TEST(FitWeights, ConvertsNumbersAndFillsBatchCounts) {
  State file = wrapped(Net(), "");
  file["conv1.weight"] = file["conv1.weight"].to(torch::kFloat16);
  file.erase("bn1.num_batches_tracked");
  const WeightsFit found = fit(file);
  EXPECT_EQ(found.problems(), 0U);
  EXPECT_THAT(found.converted, ElementsAre("conv1.weight"));
  EXPECT_THAT(found.filled, ElementsAre("bn1.num_batches_tracked"));
  EXPECT_EQ(found.state.at("conv1.weight").scalar_type(), torch::kFloat32);
}

TEST(LoadState, CopiesEverythingOrNothingElse) {
  const Net from;
  Net to;
  load_state(*to, module_state(*from), "f");
  EXPECT_EQ(state_digest(module_state(*to)), state_digest(module_state(*from)));
  EXPECT_TRUE(to->parameters()[0].requires_grad());
  State state = module_state(*from);
  state["more"] = torch::ones({1});
  EXPECT_EQ(message_of([&] { load_state(*to, state, "f"); }), "f has 'more', which is not wanted");
  state.erase("more");
  state["bn1.weight"] = torch::ones({5});
  EXPECT_EQ(message_of([&] { load_state(*to, state, "f"); }),
            "f: 'bn1.weight' is [5]; it must be [4]");
  state.erase("bn1.weight");
  EXPECT_EQ(message_of([&] { load_state(*to, state, "f"); }), "f has no 'bn1.weight'");
}

}  // namespace
