// The classifier that learns beside a method: from what has a label, and so that a checkpoint goes
// on with its bits.
#include "host/train/online_probe.h"

#include <gtest/gtest.h>

namespace {

using sslx::train::OnlineProbe;
using torch::Tensor;

struct Features {
  Tensor x, labels;
};

Features blobs(int64_t count, uint64_t seed) {
  torch::manual_seed(seed);
  const Tensor labels = torch::randint(0, 3, {count});
  return {20 + 7 * (torch::randn({count, 5}) + 4 * torch::one_hot(labels, 5).to(torch::kFloat32)),
          labels};
}

double right(const OnlineProbe& probe, const Features& test) {
  return probe.predict(test.x).eq(test.labels).to(torch::kFloat64).mean().item<double>();
}

TEST(OnlineProbe, LearnsAndSaysHowRightItWasBefore) {
  OnlineProbe probe(3, torch::kCPU);
  double last = 0;
  for (uint64_t step = 0; step < 60; ++step) {
    const Features batch = blobs(64, step);
    last = probe.learn(batch.x, batch.labels).item<double>();
    // From zero all classes are alike, and the first counts as the guess.
    if (step == 0) {
      EXPECT_EQ(last, batch.labels.eq(0).to(torch::kFloat32).mean().item<double>());
    }
  }
  EXPECT_GT(last, 0.97);
  EXPECT_GT(right(probe, blobs(500, 1000)), 0.97);
}

TEST(OnlineProbe, PassesOverImagesWithoutALabel) {
  const Features batch = blobs(64, 1);
  const Tensor known = torch::arange(64).remainder(2).eq(0);
  const auto learnt = [&](const Tensor& labels) {
    OnlineProbe probe(3, torch::kCPU);
    const double share = probe.learn(batch.x, labels).item<double>();
    return std::pair(probe.state(), share);
  };
  const auto [some, share] = learnt(torch::where(known, batch.labels, -1));
  const Tensor expected = batch.labels.index({known}).eq(0).to(torch::kFloat32).mean();
  EXPECT_NEAR(share, expected.item<double>(), 1e-6);
  // By hand: the mean gradient of those with a label, at classes that are all alike.
  const Tensor scaled = (batch.x - batch.x.mean(0)) * (batch.x.var(0, false) + 1e-5).rsqrt();
  const Tensor error =
      (1.0 / 3 - torch::one_hot(batch.labels, 3).to(torch::kFloat32)).index({known}) / 32;
  const Tensor gradient = torch::mm(scaled.index({known}).t(), error);
  EXPECT_TRUE(some.at("weight").allclose(-0.1 * gradient, 1e-4, 1e-6));
  EXPECT_EQ(
      learnt(torch::full({64}, -1, torch::kInt64)).first.at("weight").abs().max().item<double>(),
      0);
}

TEST(OnlineProbe, GoesOnFromItsState) {
  OnlineProbe one(3, torch::kCPU);
  for (uint64_t step = 0; step < 5; ++step) one.learn(blobs(64, step).x, blobs(64, step).labels);
  OnlineProbe other(3, torch::kCPU);
  EXPECT_TRUE(other.state().empty());
  other.load(one.state());
  for (OnlineProbe* probe : {&one, &other}) probe->learn(blobs(64, 9).x, blobs(64, 9).labels);
  for (const auto& [name, value] : one.state())
    EXPECT_TRUE(value.equal(other.state().at(name))) << name;
}

}  // namespace
