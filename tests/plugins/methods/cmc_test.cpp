// CMC's oracles: each view is scored against the other's bank, both banks change at the batch's
// rows alone, and embed() is both encoders' features of one Lab image.
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/losses.h>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::state_of;
using sslx::test::unit;
using torch::Tensor;

nlohmann::json small_cmc(nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json out{
      {"output_width", 8}, {"negatives", 0}, {"form", "softmax"}, {"temperature", 0.5}};
  out.update(more);
  return out;
}

sslx::Batch lab_batch() {
  sslx::Batch batch = random_batch(4, std::vector<int64_t>{1, 2}, 1);
  batch.indices = torch::tensor({60, 3, 17, 0});
  return batch;
}

Tensor view_rows(const sslx::Method& method, const std::string& view) {
  return method.named_buffers()[view + "_bank.rows"].clone();
}

TEST(CMC, ScoresEachViewAgainstTheOthersBank) {
  const auto method = make_method("cmc", small_cmc());
  method->train();
  const sslx::Batch batch = lab_batch();
  const auto one_side = [&](const std::string& view, size_t number, const std::string& other) {
    const Tensor f = unit(encode(*method, view, batch.views[number]));
    const Tensor share = (torch::mm(f, view_rows(*method, other).t()) / 0.5).softmax(1);
    return -share.gather(1, batch.indices.unsqueeze(1)).log().mean().item<double>();
  };
  EXPECT_NEAR(method->loss(batch).value.item<double>(),
              one_side("l", 0, "ab") + one_side("ab", 1, "l"), 1e-5);
}

TEST(CMC, ScoresTheViewsAgainstEachOtherInTheBatch) {
  const auto method = make_method("cmc", small_cmc({{"negatives_from", "batch"}}));
  method->train();
  const sslx::Batch batch = lab_batch();
  const Tensor l = unit(encode(*method, "l", batch.views[0]));
  const Tensor ab = unit(encode(*method, "ab", batch.views[1]));
  const Tensor s = torch::mm(l, ab.t()) / 0.5;
  const double expected =
      -(s.log_softmax(1).diagonal().mean() + s.log_softmax(0).diagonal().mean()).item<double>();
  EXPECT_NEAR(method->loss(batch).value.item<double>(), expected, 1e-5);
}

TEST(CMC, UpdatesBothBanksAtTheBatchsRowsAfterTheStep) {
  const auto method = make_method("cmc", small_cmc());
  method->train();
  const sslx::Batch batch = lab_batch();
  const std::map<std::string, size_t> views{{"l", 0}, {"ab", 1}};
  const auto before = state_of(*method);
  method->loss(batch).value.backward();
  for (const auto& [view, number] : views) {
    EXPECT_TRUE(view_rows(*method, view).equal(before.at(view + "_bank.rows")));
  }
  method->after_step({0, 100, 0});
  for (const auto& [view, number] : views) {
    const Tensor old = before.at(view + "_bank.rows").index_select(0, batch.indices);
    const Tensor f = unit(encode(*method, view, batch.views[number])).detach();
    const Tensor after = view_rows(*method, view);
    EXPECT_TRUE(torch::allclose(after.index_select(0, batch.indices), unit(0.5 * old + 0.5 * f),
                                1e-5, 1e-6));
    EXPECT_TRUE(after.index_copy(0, batch.indices, old).equal(before.at(view + "_bank.rows")));
  }
}

TEST(CMC, EmbedsBothPartsOfALabImage) {
  const auto method = make_method("cmc", small_cmc());
  method->eval();
  const Tensor lab = torch::randn({2, 3, 16, 16});
  const auto features = [&](const std::string& view, const Tensor& images) {
    const auto encoder = method->named_children()[view];
    return encoder->named_children()["backbone"]->as<sslx::Backbone>()->forward(images);
  };
  const Tensor expected =
      torch::cat({features("l", lab.slice(1, 0, 1)), features("ab", lab.slice(1, 1, 3))}, 1);
  EXPECT_TRUE(torch::allclose(method->embed(lab), expected, 1e-5, 1e-6));
  EXPECT_EQ(expected.size(1), 32);
}

TEST(CMC, SaysWhatItsViewsMustBe) {
  const auto method = make_method("cmc", small_cmc());
  try {
    method->loss(random_batch(4, 2, 1));
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "the channels of view 0 are 3, and CMC wants 1; end its recipe with the augmentation "
              "'lab' (channels = \"l\")");
  }
  EXPECT_THROW(method->embed(torch::randn({2, 1, 16, 16})), sslx::Error);
}

}  // namespace
