// What MoCo is compared with: the end-to-end form and the memory bank (figure 2a and 2b), and the
// local crops of multi-crop as further queries.
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/losses.h>
#include <sslx/memory_bank.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::unit;
using torch::Tensor;

const nlohmann::json kEndToEnd{
    {"dictionary", "end_to_end"}, {"output_width", 8}, {"temperature", 0.5}};
const nlohmann::json kBank{
    {"dictionary", "bank"}, {"output_width", 8}, {"queue", 16}, {"temperature", 0.5}};

TEST(MoCoEndToEnd, TrainsBothEncodersAgainstTheBatch) {
  const auto method = make_method("moco", kEndToEnd);
  EXPECT_FALSE(method->separable());
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const sslx::Loss loss = method->loss(batch);
  const Tensor q = unit(encode(*method, "query", batch.views[0]));
  const Tensor k = unit(encode(*method, "key", batch.views[1]));
  const Tensor score = (torch::mm(q, k.t()) / 0.5).exp();
  EXPECT_NEAR(loss.value.item<double>(),
              -(score.diagonal() / score.sum(1)).log().mean().item<double>(), 1e-5);
  EXPECT_DOUBLE_EQ(loss.chance.value(), std::log(8.0));
  loss.value.backward();
  for (const auto& item : method->named_parameters()) {
    EXPECT_GT(item.value().grad().abs().sum().item<double>(), 0) << item.key();
  }
}

TEST(MoCoEndToEnd, BeginsWithEqualEncodersThatStayApart) {
  const auto method = make_method("moco", kEndToEnd);
  const auto before = sslx::test::state_of(*method);
  for (const auto& [name, value] : before) {
    if (!name.starts_with("query.")) continue;
    EXPECT_TRUE(value.equal(before.at("key." + name.substr(6)))) << name;
  }
  method->train();
  method->loss(random_batch(8, 2, 1));
  method->after_step({0, 100, 0});
  for (const auto& item : method->named_parameters()) {
    EXPECT_TRUE(item.value().equal(before.at(item.key()))) << item.key();
  }
}

/// The rows that the method's bank draws next.
Tensor next_draw(const sslx::Method& method, int64_t count) {
  sslx::MemoryBankOptions options;
  options.images = 64;
  options.width = 8;
  options.softmax = true;
  options.negatives = count;
  sslx::MemoryBank twin(options, at::detail::createCPUGenerator(1));
  for (const auto& item : twin->named_buffers()) {
    item.value().copy_(method.named_buffers()["bank." + item.key()]);
  }
  return twin->draw(torch::tensor({0})).flatten().slice(0, 1);
}

TEST(MoCoBank, ScoresTheImagesOwnRowsAgainstADictionaryOfTheBatch) {
  const auto method = make_method("moco", kBank);
  method->train();
  auto batch = random_batch(4, 1, 1);
  batch.indices = torch::tensor({5, 60, 7, 0});
  const Tensor bank = unit(method->named_buffers()["bank.rows"].clone());
  const Tensor drawn = bank.index_select(0, next_draw(*method, 16));
  const double loss = method->loss(batch).value.item<double>();
  const Tensor q = unit(encode(*method, "query", batch.views[0]));
  const Tensor positive = ((q * bank.index_select(0, batch.indices)).sum(1) / 0.5).exp();
  const Tensor negative = (torch::mm(q, drawn.t()) / 0.5).exp().sum(1);
  EXPECT_NEAR(loss, -(positive / (positive + negative)).log().mean().item<double>(), 1e-5);
  // The next batch has another dictionary.
  EXPECT_FALSE(bank.index_select(0, next_draw(*method, 16)).equal(drawn));
}

TEST(MoCoBank, WritesTheRowsOfTheBatchAloneAfterTheStep) {
  const auto method = make_method("moco", kBank);
  EXPECT_EQ(method->view_count(), 1);
  EXPECT_TRUE(method->separable());
  method->train();
  auto batch = random_batch(4, 1, 1);
  batch.indices = torch::tensor({5, 60, 7, 0});
  const Tensor before = method->named_buffers()["bank.rows"].clone();
  const sslx::Loss loss = method->loss(batch);
  EXPECT_DOUBLE_EQ(loss.chance.value(), std::log(17.0));
  EXPECT_TRUE(method->named_buffers()["bank.rows"].equal(before));
  const Tensor f = unit(encode(*method, "query", batch.views[0]).detach());
  method->after_step({0, 100, 0});
  const Tensor after = method->named_buffers()["bank.rows"];
  const Tensor expected = unit(0.5 * before.index_select(0, batch.indices) + 0.5 * f);
  EXPECT_TRUE(torch::allclose(after.index_select(0, batch.indices), expected, 1e-5, 1e-6));
  EXPECT_EQ(after.ne(before).any(1).sum().item<int64_t>(), 4);
}

TEST(MoCoBank, RefusesWhatNeedsASecondView) {
  for (const nlohmann::json& change :
       {nlohmann::json{{"symmetric", true}}, nlohmann::json{{"temperature_schedule", "linear"}}}) {
    nlohmann::json parameters = kBank;
    parameters.update(change);
    EXPECT_THROW(make_method("moco", parameters), sslx::Error) << change.dump();
  }
  EXPECT_THROW(make_method("moco", kBank, 0, false, /*local_views=*/2), sslx::Error);
}

TEST(MoCoMultiCrop, TakesLocalCropsAsQueriesOfTheSameKeys) {
  const auto method =
      make_method("moco", {{"queue", 16}, {"output_width", 8}}, 0, false, /*local_views=*/2);
  EXPECT_EQ(method->view_count(), 4);
  method->train();
  auto batch = random_batch(8, 4, 1);
  batch.local_views = 2;
  for (size_t view : {2, 3}) batch.views[view] = batch.views[view].slice(2, 0, 8).slice(3, 0, 8);
  const Tensor queue = method->named_buffers()["queue.keys"].clone();
  const sslx::Loss loss = method->loss(batch);
  const Tensor k = encode(*method, "key", batch.views[1]);
  double expected = 0;
  for (size_t view : {0, 2, 3}) {
    const Tensor q = encode(*method, "query", batch.views[view]);
    expected += sslx::info_nce(q, k, queue, 0.2).value.item<double>() / 3;
  }
  EXPECT_NEAR(loss.value.item<double>(), expected, 1e-5);
  EXPECT_DOUBLE_EQ(loss.chance.value(), std::log(17.0));
}

}  // namespace
