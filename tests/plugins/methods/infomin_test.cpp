// InfoMin's oracles: the loss by formula, the bound on mutual information and its limits, the queue
// and the momentum encoder after the step, and the jigsaw's pieces.
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/losses.h>
#include <sslx/patch_stack.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::state_of;
using sslx::test::unit;
using torch::Tensor;

nlohmann::json small_infomin(nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json out{{"output_width", 8}, {"queue", 12}, {"temperature", 0.5}, {"momentum", 0.9}};
  out.update(more);
  return out;
}

/// Two views, and a third one of nine pieces.
sslx::Batch jigsaw_batch() {
  sslx::Batch batch = random_batch(4, 3, 5);
  batch.views[2] = torch::randn({4, 3, 9 * 8, 8});
  return batch;
}

/// InfoNCE of rows against their keys and the queue.
double info_nce_by_hand(const Tensor& rows, const Tensor& keys, const Tensor& queue) {
  const Tensor positive = (unit(rows) * unit(keys)).sum(1, true);
  const Tensor logits = torch::cat({positive, torch::mm(unit(rows), queue.t())}, 1) / 0.5;
  return -logits.log_softmax(1).select(1, 0).mean().item<double>();
}

TEST(InfoMin, IsInfoNCEAgainstTheQueueAndReportsItsBound) {
  const auto method = make_method("infomin", small_infomin());
  method->train();
  const sslx::Batch batch = random_batch(4, 2, 1);
  const Tensor queue = method->named_buffers()["queue.keys"].clone();
  const sslx::Loss loss = method->loss(batch);
  const double expected = info_nce_by_hand(encode(*method, "query", batch.views[0]),
                                           encode(*method, "key", batch.views[1]), queue);
  EXPECT_NEAR(loss.value.item<double>(), expected, 1e-5);
  EXPECT_NEAR(loss.diagnostics.at("mi_bound").item<double>(), std::log(13) - expected, 1e-5);
  EXPECT_NEAR(loss.chance.value(), std::log(13), 1e-12);
  EXPECT_TRUE(method->separable());
}

/// MoCo's shuffled batch norm (section 3.3), as the paper's eight GPUs have it.
TEST(InfoMin, TakesBatchNormOfPartsApartAndDealsTheKeys) {
  const nlohmann::json parts{{"bn_groups", 2}};
  const auto method = make_method("infomin", small_infomin(parts));
  method->train();
  EXPECT_TRUE(method->named_buffers().contains("shuffle.draws"));
  EXPECT_FALSE(make_method("infomin", small_infomin())->named_buffers().contains("shuffle.draws"));
  const sslx::Batch batch = random_batch(8, 2, 1);
  // The loss of queries of two parts, each alone, and of keys dealt to parts in the drawn order.
  const auto by_parts = [&](const std::string& side, const Tensor& images) {
    return torch::cat(
        {encode(*method, side, images.slice(0, 0, 4)), encode(*method, side, images.slice(0, 4))});
  };
  const auto start = state_of(*method);
  const Tensor queue = start.at("queue.keys");
  const double loss = method->loss(batch).value.item<double>();
  sslx::test::restore(*method, start);
  const auto seed = start.at("shuffle.seed").item<int64_t>();
  const Tensor order = torch::randperm(
      8, at::detail::createCPUGenerator(static_cast<uint64_t>(seed)), torch::kInt64);
  const Tensor keys =
      by_parts("key", batch.views[1].index_select(0, order)).index_select(0, order.argsort());
  EXPECT_NEAR(loss, info_nce_by_hand(by_parts("query", batch.views[0]), keys, queue), 1e-5);
  const Tensor whole = encode(*method, "query", batch.views[0]);
  EXPECT_GT((whole - by_parts("query", batch.views[0])).abs().max().item<double>(), 1e-3);
}

TEST(InfoMin, PushesAllKeysAndMovesTheKeyEncoderAfterTheStep) {
  const auto method = make_method("infomin", small_infomin());
  method->train();
  const auto before = state_of(*method);
  const sslx::Batch first = random_batch(4, 2, 1);
  const sslx::Batch second = random_batch(4, 2, 2);
  method->loss(first).value.backward();
  method->loss(second).value.backward();
  EXPECT_TRUE(method->named_buffers()["queue.keys"].equal(before.at("queue.keys")));
  for (const auto& item : method->named_parameters()) {
    EXPECT_EQ(item.value().grad().defined(), item.key().starts_with("query.")) << item.key();
  }
  const Tensor keys = torch::cat({unit(encode(*method, "key", first.views[1])),
                                  unit(encode(*method, "key", second.views[1]))});
  {
    const torch::NoGradGuard guard;
    for (Tensor p : method->parameters()) {
      if (p.requires_grad()) p.add_(1);
    }
  }
  method->after_step({0, 100, 0});
  const Tensor queue = method->named_buffers()["queue.keys"];
  EXPECT_TRUE(torch::allclose(queue.slice(0, 0, 8), keys, 1e-5, 1e-6));
  EXPECT_TRUE(queue.slice(0, 8).equal(before.at("queue.keys").slice(0, 8)));
  const auto key = method->named_parameters()["key.head.0.weight"];
  EXPECT_TRUE(torch::allclose(key, before.at("key.head.0.weight") + 0.1, 1e-5, 1e-6));
}

/// The bound where the best critic is known: keys on the corners of a simplex.
double bound_of_shared_words(int64_t words, int64_t negatives) {
  const Tensor critic = torch::eye(words);
  const Tensor queue = critic.index_select(0, torch::arange(negatives) % words);
  const Tensor loss = sslx::info_nce(critic, critic, queue, 0.01).value;
  return std::log(static_cast<double>(negatives) + 1) - loss.item<double>();
}

/// Views that share one random bit: half of the negatives have it too, so I_NCE goes to ln 2 and no
/// further, however many negatives there are.
TEST(InfoMin, ViewsThatShareOneBitHaveABoundOfLnTwo) {
  EXPECT_NEAR(bound_of_shared_words(2, 4096), std::log(2), 1e-3);
  EXPECT_NEAR(bound_of_shared_words(8, 4096), std::log(8), 3e-3);
}

/// ln 4096 nats are shared, 15 negatives can only tell ln 16 of them.
TEST(InfoMin, TheBoundIsNeverAboveLnOfTheCandidates) {
  const Tensor rows = torch::eye(64);
  const Tensor others = torch::roll(rows, 1, 0).slice(0, 0, 15);
  const double loss = sslx::info_nce(rows.slice(0, 20, 40), rows.slice(0, 20, 40), others, 0.01)
                          .value.item<double>();
  EXPECT_GE(loss, 0);
  EXPECT_NEAR(std::log(16) - loss, std::log(16), 1e-5);
}

/// The bound that a network reaches in a few steps of SGD, on views that are images and noise of
/// this strength.
double bound_after_training(double strength) {
  const auto method = make_method("infomin", small_infomin({{"queue", 64}}));
  method->train();
  const Tensor images = torch::randn({16, 3, 16, 16}, at::detail::createCPUGenerator(3));
  double last = 0;
  for (uint64_t step = 0; step < 60; ++step) {
    sslx::Batch batch = random_batch(16, 2, step);
    for (Tensor& view : batch.views) view = images + strength * view;
    const sslx::Loss loss = method->loss(batch);
    loss.value.backward();
    const torch::NoGradGuard guard;
    for (Tensor p : method->parameters()) {
      if (!p.grad().defined()) continue;
      p.sub_(0.1 * p.grad());
      p.mutable_grad().reset();
    }
    method->after_step({static_cast<int64_t>(step), 60, 0});
    if (step >= 50) last += loss.diagnostics.at("mi_bound").item<double>() / 10;
  }
  return last;
}

TEST(InfoMin, StrongerViewsShareLess) {
  const double weak = bound_after_training(0);
  const double strong = bound_after_training(4);
  EXPECT_GT(weak, strong + 0.2);
  EXPECT_LT(weak, std::log(65));
}

TEST(InfoMin, RecognisesAnImageFromItsShuffledPieces) {
  const auto method = make_method("infomin", small_infomin({{"jigsaw", true}}));
  method->train();
  EXPECT_EQ(method->view_count(), 3);
  const sslx::Batch batch = jigsaw_batch();
  const Tensor queue = method->named_buffers()["queue.keys"].clone();
  const sslx::Loss loss = method->loss(batch);
  const Tensor k = encode(*method, "key", batch.views[1]);
  const double plain = info_nce_by_hand(encode(*method, "query", batch.views[0]), k, queue);
  EXPECT_NEAR(std::log(13) - loss.diagnostics.at("mi_bound").item<double>(), plain, 1e-5);
  const auto jigsaw = loss.diagnostics.at("jigsaw_loss").item<double>();
  EXPECT_NEAR(loss.value.item<double>(), 0.5 * plain + 0.5 * jigsaw, 1e-5);
  loss.value.backward();
  EXPECT_GT(method->named_parameters()["jigsaw.image.weight"].grad().norm().item<double>(), 0);
}

/// The jigsaw's loss is that of some order of each image's pieces; with equal pieces all orders are
/// one, and then the head can be written out.
TEST(InfoMin, TheJigsawsHeadJoinsThePiecesOfOneImage) {
  const auto method = make_method("infomin", small_infomin({{"jigsaw", true}}));
  method->train();
  sslx::Batch batch = jigsaw_batch();
  const Tensor piece = torch::randn({4, 3, 8, 8});
  batch.views[2] = piece.repeat({1, 1, 9, 1});
  const Tensor queue = method->named_buffers()["queue.keys"].clone();
  const auto jigsaw = method->loss(batch).diagnostics.at("jigsaw_loss").item<double>();
  const auto parts = method->named_children();
  const auto backbone = parts["query"]->named_children()["backbone"]->as<sslx::Backbone>();
  const Tensor features = backbone->forward(piece.repeat_interleave(9, 0));
  const auto head = parts["jigsaw"]->named_children();
  const Tensor rows = head["piece"]->as<torch::nn::Sequential>()->forward(features);
  const Tensor z = head["image"]->as<torch::nn::Linear>()->forward(rows.view({4, -1}));
  const Tensor k = encode(*method, "key", batch.views[1]);
  EXPECT_NEAR(jigsaw, info_nce_by_hand(z, k, queue), 1e-5);
}

TEST(InfoMin, ShufflesThePiecesAnewAtEachStep) {
  const auto method = make_method("infomin", small_infomin({{"jigsaw", true}}));
  method->train();
  const sslx::Batch batch = jigsaw_batch();
  const auto jigsaw = [&] {
    return method->loss(batch).diagnostics.at("jigsaw_loss").item<double>();
  };
  const double first = jigsaw();
  EXPECT_NE(jigsaw(), first);
  method->named_buffers()["jigsaw.draws"].zero_();
  EXPECT_EQ(jigsaw(), first);
}

TEST(InfoMin, SaysWhatTheJigsawsViewMustBe) {
  const auto method = make_method("infomin", small_infomin({{"jigsaw", true}}));
  sslx::Batch batch = jigsaw_batch();
  batch.views[2] = torch::randn({4, 3, 4 * 8, 8});
  try {
    method->loss(batch);
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "the jigsaw's view has 4 pieces, and method.pieces says 9; the third view's recipe "
              "must cut as many with 'patches'");
  }
}

}  // namespace
