// InstDisc's oracles: scores against the old bank, whose rows of the batch alone change, and only
// when the step is done.
#include <gtest/gtest.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::unit;
using torch::Tensor;

nlohmann::json small_instdisc(nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json out{{"output_width", 8}, {"negatives", 0}, {"form", "softmax"}};
  out.update(more);
  return out;
}

sslx::Batch one_batch() {
  sslx::Batch batch = random_batch(4, 1, 1);
  batch.indices = torch::tensor({60, 3, 17, 0});
  return batch;
}

Tensor bank_rows(const sslx::Method& method) { return method.named_buffers()["bank.rows"].clone(); }

TEST(InstDisc, ScoresAgainstTheOldBank) {
  const auto method = make_method("instdisc", small_instdisc({{"temperature", 0.5}}));
  method->train();
  const sslx::Batch batch = one_batch();
  const Tensor f = unit(encode(*method, "encoder", batch.views[0]));
  const Tensor share = (torch::mm(f, bank_rows(*method).t()) / 0.5).softmax(1);
  const Tensor own = share.gather(1, batch.indices.unsqueeze(1));
  EXPECT_NEAR(method->loss(batch).value.item<double>(), -own.log().mean().item<double>(), 1e-5);
}

TEST(InstDisc, UpdatesTheRowsOfTheBatchAfterTheStep) {
  const auto method = make_method("instdisc", small_instdisc());
  method->train();
  const sslx::Batch batch = one_batch();
  const Tensor before = bank_rows(*method);
  const Tensor f = unit(encode(*method, "encoder", batch.views[0]));
  method->loss(batch).value.backward();
  EXPECT_TRUE(bank_rows(*method).equal(before));
  method->after_step({0, 100, 0});
  const Tensor expected = unit(0.5 * before.index_select(0, batch.indices) + 0.5 * f.detach());
  const Tensor after = bank_rows(*method);
  EXPECT_TRUE(torch::allclose(after.index_select(0, batch.indices), expected, 1e-5, 1e-6));
  EXPECT_TRUE(
      after.index_copy(0, batch.indices, before.index_select(0, batch.indices)).equal(before));
}

/// Several batches make one step: the bank gets the features of all.
TEST(InstDisc, UpdatesTheRowsOfAllBatchesOfAStep) {
  const auto method = make_method("instdisc", small_instdisc());
  method->train();
  const Tensor before = bank_rows(*method);
  sslx::Batch other = random_batch(2, 1, 2);
  other.indices = torch::tensor({5, 6});
  method->loss(one_batch());
  method->loss(other);
  method->after_step({0, 100, 0});
  const Tensor changed = (bank_rows(*method) != before).any(1).nonzero().flatten();
  EXPECT_TRUE(changed.equal(torch::tensor({0, 3, 5, 6, 17, 60})));
}

TEST(InstDisc, WritesNothingInEvaluation) {
  const auto method = make_method("instdisc", small_instdisc());
  method->eval();
  const Tensor before = bank_rows(*method);
  method->loss(one_batch());
  method->after_step({0, 100, 0});
  EXPECT_TRUE(bank_rows(*method).equal(before));
}

TEST(InstDisc, AddsTheProximalTerm) {
  const sslx::Batch batch = one_batch();
  const auto plain = make_method("instdisc", small_instdisc());
  const auto with = make_method("instdisc", small_instdisc({{"proximal", 2.0}}));
  plain->train();
  with->train();
  const Tensor f = unit(encode(*plain, "encoder", batch.views[0]));
  const double term =
      (f - bank_rows(*plain).index_select(0, batch.indices)).square().sum(1).mean().item<double>();
  EXPECT_NEAR(with->loss(batch).value.item<double>(),
              plain->loss(batch).value.item<double>() + 2 * term, 1e-4);
}

TEST(InstDisc, FixesZOnTheFirstBatch) {
  const auto method = make_method("instdisc", small_instdisc({{"form", "nce"}, {"negatives", 32}}));
  method->train();
  const auto z = [&] { return method->named_buffers()["bank.normaliser"].item<double>(); };
  EXPECT_EQ(z(), 0);
  method->loss(one_batch());
  const double first = z();
  EXPECT_GT(first, 0);
  method->loss(random_batch(4, 1, 2));
  EXPECT_EQ(z(), first);
}

TEST(InstDisc, RefusesNoiseContrastWithoutNegatives) {
  EXPECT_THROW(make_method("instdisc", small_instdisc({{"form", "nce"}})), std::exception);
}

}  // namespace
