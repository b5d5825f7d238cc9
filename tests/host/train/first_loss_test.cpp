// What a first loss shows: parts that are not registered, parameters without a gradient, tensors
// that were changed, and nothing of a sound module.
#include "host/train/first_loss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace sslx;
using namespace sslx::train;
using testing::HasSubstr;
using testing::StartsWith;
using torch::Tensor;

struct Two : torch::nn::Module {
  explicit Two(bool registers = true) {
    register_module("first", first);
    if (registers) register_module("second", second);
  }
  Tensor loss(const Tensor& x) { return second(first(x)).square().mean(); }
  std::vector<ParameterGroup> groups() const { return {{.parameters = parameters()}}; }

  torch::nn::Linear first{4, 3};
  torch::nn::Linear second{3, 2};
};

const Tensor& images() {
  static const Tensor all = torch::ones({5, 4});
  return all;
}

TEST(FirstLoss, OfASoundModuleTellsNothing) {
  Two module;
  const Tensor loss = module.loss(images());
  EXPECT_EQ(unregistered_leaves(loss, module), "");
  loss.backward();
  EXPECT_EQ(without_gradient(module, module.groups(), {}), "");
  EXPECT_EQ(left_out_of_groups(module, module.groups()), "");
}

TEST(FirstLoss, NamesThePartThatIsNotRegistered) {
  Two module(/*registers=*/false);
  const std::string told = unregistered_leaves(module.loss(images()), module);
  EXPECT_THAT(told, StartsWith("the loss has a gradient for a tensor of shape [2"));
  EXPECT_THAT(told, HasSubstr("(addmm) and 1 more, which is no registered parameter"));
}

TEST(FirstLoss, ALossWithoutAGraphHasNoLeaves) {
  EXPECT_EQ(unregistered_leaves(torch::zeros({}), Two()), "");
}

TEST(FirstLoss, NamesTheParametersThatNoGradientReaches) {
  Two module;
  module.second(module.first(images()).detach()).square().mean().backward();
  EXPECT_THAT(without_gradient(module, module.groups(), {}),
              StartsWith("no gradient of the loss reaches first.weight and 1 more, though"));
  EXPECT_THAT(without_gradient(module, module.groups(), {"first.weight"}),
              StartsWith("no gradient of the loss reaches first.bias, though"));
  EXPECT_EQ(without_gradient(module, module.groups(), {"first.*"}), "");
  EXPECT_EQ(without_gradient(module, {{.parameters = module.second->parameters()}}, {}), "")
      << "what the optimiser does not have is the method's own";
}

TEST(FirstLoss, NamesWhatTheOptimiserDoesNotGet) {
  Two module;
  module.loss(images()).backward();
  EXPECT_THAT(left_out_of_groups(module, {{.parameters = module.first->parameters()}}),
              StartsWith("the loss has a gradient for second.weight and 1 more, but "
                         "parameter_groups() leaves it out"));
  Two half(/*registers=*/false);
  auto groups = half.groups();
  groups.push_back({.parameters = half.second->parameters()});
  EXPECT_THAT(left_out_of_groups(half, groups),
              StartsWith("parameter_groups() has a tensor of shape [2, 3] that is no registered"));
}

TEST(FirstLoss, NamesTheTensorThatWasChanged) {
  Batch batch{{torch::ones({2, 3}), torch::ones({2, 3})}, torch::arange(2), torch::zeros({2})};
  const Untouched before(batch);
  EXPECT_EQ(before.changed("loss()"), "");
  batch.views[0] = batch.views[0] * 2;  // another tensor
  EXPECT_EQ(before.changed("loss()"), "");
  batch.views[1].mul_(2);
  EXPECT_THAT(before.changed("loss()"), StartsWith("view 1 was changed in place by loss(): "));
  batch.labels[0] = 1;
  EXPECT_THAT(before.changed("loss()"), StartsWith("view 1 and 1 more were changed in place"));
}

}  // namespace
