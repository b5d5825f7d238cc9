// CMC's oracles: each view is scored against the others' banks and never its own, in both graphs;
// the banks change at the batch's rows alone, and embed() is all encoders' features.
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/losses.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::state_of;
using sslx::test::unit;
using torch::Tensor;
using Pairs = std::vector<std::pair<int, int>>;

const std::vector<int64_t> kFourViews{3, 1, 3, 2};

nlohmann::json small_cmc(nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json out{
      {"output_width", 8}, {"negatives", 0}, {"form", "softmax"}, {"temperature", 0.5}};
  out.update(more);
  return out;
}

sslx::Batch views_batch(const std::vector<int64_t>& channels = {1, 2}) {
  sslx::Batch batch = random_batch(4, channels, 1);
  batch.indices = torch::tensor({60, 3, 17, 0});
  return batch;
}

Tensor bank_rows(const sslx::Method& method, int view) {
  return method.named_buffers()["bank_" + std::to_string(view) + ".rows"].clone();
}

Tensor outputs(const sslx::Method& method, const sslx::Batch& batch, int view) {
  return unit(
      encode(method, "view_" + std::to_string(view), batch.views[static_cast<size_t>(view)]));
}

/// Eq. 3 and 7 written out: of each pair both directions, against the other's bank.
double by_formula(const sslx::Method& method, const sslx::Batch& batch, const Pairs& pairs) {
  double sum = 0;
  const auto add = [&](int anchor, int other) {
    const Tensor logits =
        torch::mm(outputs(method, batch, anchor), bank_rows(method, other).t()) / 0.5;
    const Tensor share = logits.softmax(1).gather(1, batch.indices.unsqueeze(1));
    sum -= share.log().mean().item<double>();
  };
  for (const auto& [a, b] : pairs) {
    add(a, b);
    add(b, a);
  }
  return sum;
}

TEST(CMC, ScoresEachViewAgainstTheOthersBank) {
  const auto method = make_method("cmc", small_cmc());
  method->train();
  const sslx::Batch batch = views_batch();
  EXPECT_NEAR(method->loss(batch).value.item<double>(), by_formula(*method, batch, {{0, 1}}), 1e-5);
}

TEST(CMC, ComparesTheCoreViewWithTheOthersOrAllPairs) {
  const Pairs core{{0, 1}, {0, 2}, {0, 3}};
  const Pairs full{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
  const sslx::Batch batch = views_batch(kFourViews);
  for (const auto& [graph, pairs] : {std::pair("core", core), std::pair("full", full)}) {
    const auto method = make_method("cmc", small_cmc({{"channels", kFourViews}, {"graph", graph}}));
    method->train();
    EXPECT_EQ(method->view_count(), 4);
    const sslx::Loss loss = method->loss(batch);
    EXPECT_NEAR(loss.value.item<double>(), by_formula(*method, batch, pairs), 1e-4) << graph;
    EXPECT_NEAR(loss.chance.value(), 2 * static_cast<double>(pairs.size()) * std::log(64), 1e-9);
  }
}

TEST(CMC, ScoresTheViewsAgainstEachOtherInTheBatch) {
  const auto method = make_method("cmc", small_cmc({{"negatives_from", "batch"}}));
  method->train();
  EXPECT_FALSE(method->separable());
  const sslx::Batch batch = views_batch();
  const Tensor s = torch::mm(outputs(*method, batch, 0), outputs(*method, batch, 1).t()) / 0.5;
  const double expected =
      -(s.log_softmax(1).diagonal().mean() + s.log_softmax(0).diagonal().mean()).item<double>();
  const sslx::Loss loss = method->loss(batch);
  EXPECT_NEAR(loss.value.item<double>(), expected, 1e-5);
  EXPECT_NEAR(loss.chance.value(), 2 * std::log(4), 1e-9);
}

/// The value over view 0's features alone changes with view 1's bank and not with its own.
TEST(CMC, AViewsLossDoesNotReadItsOwnBank) {
  const auto method = make_method("cmc", small_cmc());
  method->train();
  const sslx::Batch batch = views_batch();
  const auto gradient = [&] {
    method->zero_grad();
    method->loss(batch).value.backward();
    return method->named_parameters()["view_0.head.0.weight"].grad().clone();
  };
  const auto shift = [&](const char* bank) {
    const torch::NoGradGuard guard;
    method->named_buffers()[bank].mul_(-1);
  };
  const Tensor before = gradient();
  shift("bank_0.rows");
  EXPECT_TRUE(gradient().equal(before));
  shift("bank_1.rows");
  EXPECT_FALSE(gradient().equal(before));
}

TEST(CMC, SwappingTheTwoViewsLeavesTheLoss) {
  const auto method = make_method("cmc", small_cmc());
  const auto swapped = make_method("cmc", small_cmc({{"channels", {2, 1}}}), /*seed=*/7);
  std::map<std::string, Tensor> state;
  for (const auto& [name, value] : state_of(*method)) {
    std::string other = name;
    char& number = other[other.find('_') + 1];
    number = number == '0' ? '1' : '0';
    state[other] = value;
  }
  sslx::test::restore(*swapped, state);
  method->train();
  swapped->train();
  sslx::Batch batch = views_batch();
  const auto before = method->loss(batch).value.item<double>();
  std::swap(batch.views[0], batch.views[1]);
  EXPECT_NEAR(swapped->loss(batch).value.item<double>(), before, 1e-6);
}

TEST(CMC, UpdatesAllBanksAtTheBatchsRowsAfterTheStep) {
  const auto method = make_method("cmc", small_cmc());
  method->train();
  EXPECT_TRUE(method->separable());
  const sslx::Batch batch = views_batch();
  const std::vector<Tensor> before{bank_rows(*method, 0), bank_rows(*method, 1)};
  method->loss(batch).value.backward();
  for (int view : {0, 1}) EXPECT_TRUE(bank_rows(*method, view).equal(before[view]));
  method->after_step({0, 100, 0});
  for (int view : {0, 1}) {
    const Tensor old = before[view].index_select(0, batch.indices);
    const Tensor f = outputs(*method, batch, view).detach();
    const Tensor after = bank_rows(*method, view);
    EXPECT_TRUE(torch::allclose(after.index_select(0, batch.indices), unit(0.5 * old + 0.5 * f),
                                1e-5, 1e-6));
    EXPECT_TRUE(after.index_copy(0, batch.indices, old).equal(before[view]));
  }
}

/// As with train.accumulate: two batches are scored against the same banks, then both are kept.
TEST(CMC, KeepsEveryBatchSinceTheLastStep) {
  const auto method = make_method("cmc", small_cmc());
  method->train();
  const Tensor before = bank_rows(*method, 1);
  sslx::Batch batch = views_batch();
  method->loss(batch);
  batch.indices = torch::tensor({1, 2, 4, 5});
  method->loss(batch);
  method->after_step({0, 100, 0});
  const Tensor changed = (bank_rows(*method, 1) != before).any(1).nonzero().flatten();
  EXPECT_TRUE(changed.equal(torch::tensor({0, 1, 2, 3, 4, 5, 17, 60})));
}

/// NCE's probabilities are all 1/n when every logit is the same.
TEST(CMC, KnowsTheLossOfChance) {
  const auto method = make_method("cmc", small_cmc({{"form", "nce"}, {"negatives", 5}}));
  method->train();
  {
    const torch::NoGradGuard guard;
    for (const char* name : {"bank_0.rows", "bank_1.rows"}) method->named_buffers()[name].zero_();
  }
  const sslx::Loss loss = method->loss(views_batch());
  EXPECT_NEAR(loss.value.item<double>(), loss.chance.value(), 1e-4);
  EXPECT_NEAR(loss.chance.value(), 2 * (std::log(6.0) + 5 * std::log(6.0 / 5)), 1e-9);
}

TEST(CMC, EmbedsTheViewsOneAfterTheOther) {
  const auto method = make_method("cmc", small_cmc({{"channels", kFourViews}}));
  method->eval();
  const Tensor scene = torch::randn({2, 9, 16, 16});
  const auto features = [&](const char* view, int64_t first, int64_t count) {
    const auto encoder = method->named_children()[view];
    return encoder->named_children()["backbone"]->as<sslx::Backbone>()->forward(
        scene.narrow(1, first, count));
  };
  const Tensor expected = torch::cat({features("view_0", 0, 3), features("view_1", 3, 1),
                                      features("view_2", 4, 3), features("view_3", 7, 2)},
                                     1);
  EXPECT_TRUE(torch::allclose(method->embed(scene), expected, 1e-5, 1e-6));
}

TEST(CMC, SaysWhatItsViewsMustBe) {
  const auto method = make_method("cmc", small_cmc());
  try {
    method->loss(random_batch(4, 2, 1));
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "the channels of view 0 are 3, and method.channels says 1; its recipe must give as "
              "many ('lab', or the view's source)");
  }
  EXPECT_THROW(method->embed(torch::randn({2, 1, 16, 16})), sslx::Error);
  EXPECT_THROW(make_method("cmc", small_cmc({{"channels", {3}}})), sslx::Error);
}

}  // namespace
