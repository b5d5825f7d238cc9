// Multi-crop as a service: which pairs there are, what a teacher sees, and that taking the views in
// turn changes the memory only.
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/losses.h>
#include <sslx/multi_crop.h>

#include "multi_crop_fixture.h"

namespace {

using sslx::Passes;
using sslx::test::crops;
using sslx::test::in_turn_options;
using sslx::test::PairsOfNumbers;
using sslx::test::TinyTwins;
using torch::Tensor;

TEST(MultiCrop, AveragesOverGlobalTargetsAndAllOtherViews) {
  PairsOfNumbers method({}, 3);
  EXPECT_EQ(method.view_count(), 5);
  const sslx::Loss loss = method.loss(crops(2, 3));
  EXPECT_EQ(method.pairs, (PairsOfNumbers::Pairs{
                              {0, 1}, {1, 0}, {2, 0}, {2, 1}, {3, 0}, {3, 1}, {4, 0}, {4, 1}}));
  EXPECT_EQ(loss.value.item<double>(), (1 + 10 + 20 + 21 + 30 + 31 + 40 + 41) / 8.0);
  EXPECT_EQ(loss.diagnostics.at("of").item<double>(), 1) << "of the first pair";
}

TEST(MultiCrop, TakesTwoGlobalViewsOnceWhenOrderDoesNotMatter) {
  PairsOfNumbers method({.symmetric = true}, 2);
  const sslx::Loss loss = method.loss(crops(2, 2));
  EXPECT_EQ(method.pairs, (PairsOfNumbers::Pairs{{0, 1}, {2, 0}, {2, 1}, {3, 0}, {3, 1}}));
  EXPECT_EQ(loss.value.item<double>(), (1 + 20 + 21 + 30 + 31) / 5.0);
}

TEST(MultiCrop, AsksForTargetsOfGlobalViewsAlone) {
  PairsOfNumbers method({}, 3);
  method.loss(crops(2, 3));
  EXPECT_EQ(method.targets_asked_for, 2U);
}

TEST(MultiCrop, EncodesTheViewsOfOneSizeInOnePass) {
  const sslx::Batch batch = crops(2, 3);
  for (const Passes passes : {Passes::kEachView, Passes::kEachSize}) {
    std::vector<int64_t> rows;
    const auto out = sslx::encode_views(batch.views, passes, [&](const Tensor& images) {
      rows.push_back(images.size(0));
      return sslx::Encoded{images.flatten(1).mean(1, true), {}};
    });
    const bool together = passes == Passes::kEachSize;
    EXPECT_EQ(rows, together ? std::vector<int64_t>({8, 12}) : std::vector<int64_t>(5, 4));
    ASSERT_EQ(out.size(), 5U);
    for (size_t v = 0; v < 5; ++v) {
      EXPECT_TRUE(out[v].z.equal(batch.views[v].flatten(1).mean(1, true))) << v;
      EXPECT_FALSE(out[v].p.defined());
    }
  }
}

TEST(MultiCrop, StopsTheGradientIntoTargetsUnlessToldElse) {
  for (const bool stop : {true, false}) {
    TinyTwins method({.stop_gradient = stop}, 1);
    method.loss(crops(2, 1)).value.backward();
    EXPECT_EQ(method.target_had_gradient, !stop);
  }
}

/// Gradients and buffers after a loss, whose gradient counts half.
std::vector<Tensor> outcome(TinyTwins& method, double& value) {
  const sslx::Loss loss = method.loss(crops(2, 3));
  value = loss.value.item<double>();
  (0.5 * loss.value).backward();
  std::vector<Tensor> out = method.buffers();
  for (const Tensor& parameter : method.parameters()) {
    out.push_back(parameter.grad().defined() ? parameter.grad() : torch::zeros({}));
  }
  return out;
}

TEST(MultiCrop, InTurnHasTheSameValueGradientAndState) {
  for (const auto& options : in_turn_options()) {
    TinyTwins at_once(options, 3), in_turn(options, 3);
    in_turn.take_views_in_turn();
    double expected_value = 0, value = 0;
    const auto expected = outcome(at_once, expected_value);
    const auto found = outcome(in_turn, value);
    EXPECT_NEAR(value, expected_value, 1e-12);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_TRUE(torch::allclose(found[i], expected[i], 1e-12, 1e-12)) << i;
    }
    EXPECT_GT(expected.back().abs().max().item<double>(), 1e-3);
  }
}

TEST(MultiCrop, InTurnHoldsTheGraphOfOnePass) {
  const std::vector<size_t> expected{1, 2, 1};  // in the order of in_turn_options()
  const auto options = in_turn_options();
  for (size_t i = 0; i < options.size(); ++i) {
    TinyTwins at_once(options[i], 3), in_turn(options[i], 3);
    in_turn.take_views_in_turn();
    at_once.loss(crops(2, 3));
    in_turn.loss(crops(2, 3));
    EXPECT_EQ(at_once.most_graphs(), options[i].passes == Passes::kEachSize ? 2U : 5U);
    EXPECT_EQ(in_turn.most_graphs(), expected[i]);
  }
}

TEST(MultiCrop, InTurnNeedsTargetsWithoutGradient) {
  PairsOfNumbers method({.stop_gradient = false}, 1);
  try {
    method.take_views_in_turn();
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(),
                 "its targets have a gradient, so that all views must be there at once; "
                 "train.views_in_turn must be left out");
  }
}

}  // namespace
