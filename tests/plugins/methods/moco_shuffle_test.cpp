// Shuffled batch norm: groups with statistics of their own, keys dealt to others and back, within
// one process and over several.
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/losses.h>

#include "method_fixture.h"
#include "plugins/methods/moco_shuffle.h"
#include "tests/host/sdk/thread_group.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using torch::Tensor;

const nlohmann::json kGrouped{
    {"queue", 16}, {"output_width", 8}, {"temperature", 0.1}, {"bn_groups", 2}};

nlohmann::json grouped_with(const nlohmann::json& changes) {
  nlohmann::json out = kGrouped;
  out.update(changes);
  return out;
}

sslx::Encoder encoder_of(const sslx::Method& method) {
  return sslx::Encoder(
      std::dynamic_pointer_cast<sslx::EncoderImpl>(method.named_children()["key"]));
}

TEST(MoCoShuffle, EachGroupHasItsOwnStatistics) {
  const auto method = make_method("moco", grouped_with({{"shuffle", false}}));
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const Tensor queue = method->named_buffers()["queue.keys"].clone();
  const auto state = sslx::test::state_of(*method);
  const double loss = method->loss(batch).value.item<double>();
  const Tensor mean = method->named_buffers()["query.backbone.bn1.running_mean"].clone();
  const auto parts = [&](const std::string& side, const Tensor& view) {
    return torch::cat(
        {encode(*method, side, view.slice(0, 0, 4)), encode(*method, side, view.slice(0, 4, 8))});
  };
  sslx::test::restore(*method, state);
  const Tensor q = parts("query", batch.views[0]);
  const Tensor k = parts("key", batch.views[1]);
  EXPECT_NEAR(loss, sslx::info_nce(q, k, queue, 0.1).value.item<double>(), 1e-5);
  // Of both groups from the old statistics, not of one after the other.
  sslx::test::restore(*method, state);
  encode(*method, "query", batch.views[0].slice(0, 0, 4));
  const Tensor first = method->named_buffers()["query.backbone.bn1.running_mean"].clone();
  sslx::test::restore(*method, state);
  encode(*method, "query", batch.views[0].slice(0, 4, 8));
  const Tensor second = method->named_buffers()["query.backbone.bn1.running_mean"];
  EXPECT_TRUE(torch::allclose(mean, (first + second) / 2, 1e-5, 1e-6));
}

TEST(MoCoShuffle, HasTheGradientOfItsParts) {
  const auto method = make_method("moco", grouped_with({{"shuffle", false}}));
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const Tensor queue = method->named_buffers()["queue.keys"].clone();
  method->loss(batch).value.backward();
  std::vector<Tensor> gradients;
  for (const Tensor& p : method->parameters()) {
    if (p.requires_grad()) gradients.push_back(p.grad().clone());
  }
  method->zero_grad();
  for (const int64_t start : {0, 4}) {
    const Tensor q = encode(*method, "query", batch.views[0].slice(0, start, start + 4));
    const Tensor k = encode(*method, "key", batch.views[1].slice(0, start, start + 4));
    (sslx::info_nce(q, k, queue, 0.1).value / 2).backward();
  }
  size_t at = 0;
  for (const Tensor& p : method->parameters()) {
    if (!p.requires_grad()) continue;
    EXPECT_TRUE(torch::allclose(p.grad(), gradients.at(at++), 1e-3, 1e-5));
  }
}

/// How similar queries and keys of the same images are when the two views are one.
double leak(const nlohmann::json& parameters) {
  const auto method = make_method("moco", parameters);
  method->train();
  auto batch = random_batch(8, 1, 1);
  batch.views.push_back(batch.views[0]);
  const Tensor q = sslx::unit_rows(encode(*method, "query", batch.views[0].slice(0, 0, 4)));
  method->loss(batch);
  method->after_step({0, 100, 0});
  const Tensor k = method->named_buffers()["queue.keys"].slice(0, 0, 4);
  return (q * k).sum(1).min().item<double>();
}

TEST(MoCoShuffle, KeysDoNotShareTheirQueriesStatistics) {
  EXPECT_NEAR(leak(grouped_with({{"shuffle", false}})), 1, 1e-5);
  EXPECT_LT(leak(kGrouped), 0.9999);
}

TEST(MoCoShuffle, BringsRowsBackInTheirOrder) {
  const auto method = make_method("moco", kGrouped);
  // In evaluation a row does not depend on the others, so that it is known again.
  method->eval();
  const auto batch = random_batch(8, 2, 1);
  sslx::Encoder encoder = encoder_of(*method);
  sslx::Shuffle shuffle(at::detail::createCPUGenerator(3));
  sslx::Group alone;
  const Tensor expected = encoder->forward(batch.views[1]);
  for (int draw = 0; draw < 3; ++draw) {
    EXPECT_TRUE(torch::allclose(sslx::encode_shuffled(shuffle, alone, encoder, batch.views[1], 2),
                                expected, 1e-4, 1e-5));
  }
}

TEST(MoCoShuffle, DrawsAnOrderThatItsStateGoesOnWith) {
  sslx::Shuffle shuffle(at::detail::createCPUGenerator(3));
  const Tensor first = shuffle->next_order(50);
  const Tensor second = shuffle->next_order(50);
  EXPECT_FALSE(first.equal(second));
  EXPECT_TRUE(std::get<0>(first.sort()).equal(torch::arange(50)));
  sslx::Shuffle again(at::detail::createCPUGenerator(4));
  again->named_buffers()["seed"].copy_(shuffle->named_buffers()["seed"]);
  again->named_buffers()["draws"].fill_(1);
  EXPECT_TRUE(again->next_order(50).equal(second));
}

TEST(MoCoShuffle, RefusesGroupsThatDoNotDivideTheBatch) {
  const auto method = make_method("moco", grouped_with({{"bn_groups", 3}}));
  method->train();
  try {
    method->loss(random_batch(8, 2, 1));
    FAIL() << "no error";
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(), "bn_groups is 3, but the batch has 8 images; it must divide them");
  }
}

/// What two processes, each with its copy of the method, make of their halves of 8 images.
std::vector<Tensor> by_two_processes(const Tensor& images) {
  std::vector<std::shared_ptr<sslx::Method>> methods;
  for (int rank = 0; rank < 2; ++rank) methods.push_back(make_method("moco", kGrouped));
  std::vector<Tensor> out(2);
  sslx::test::run_in_group(2, sslx::test::Fault::kNone, [&](sslx::Group& group) {
    const torch::NoGradGuard guard;
    const int64_t rank = group.rank();
    sslx::Shuffle shuffle(at::detail::createCPUGenerator(3));
    sslx::Encoder encoder = encoder_of(*methods[static_cast<size_t>(rank)]);
    out[static_cast<size_t>(rank)] =
        sslx::encode_shuffled(shuffle, group, encoder, images.slice(0, 4 * rank, 4 * rank + 4), 1);
  });
  return out;
}

TEST(MoCoShuffle, OverTwoProcessesIsThatOfTwoGroups) {
  const auto method = make_method("moco", kGrouped);
  method->train();
  const Tensor images = random_batch(8, 1, 1).views[0];
  sslx::Encoder encoder = encoder_of(*method);
  sslx::Shuffle shuffle(at::detail::createCPUGenerator(3));
  sslx::Group alone;
  const Tensor expected = sslx::encode_shuffled(shuffle, alone, encoder, images, 2);
  const Tensor found = torch::cat(by_two_processes(images));
  EXPECT_TRUE(torch::allclose(found, expected, 1e-4, 1e-5));
}

}  // namespace
