// Fine-tuning is of every method: from chance, into the encoder, and nothing of it stays.
#include <gtest/gtest.h>
#include <sslx/error.h>

#include <cmath>
#include <set>

#include "host/evaluate/borrowed.h"
#include "host/evaluate/finetune.h"
#include "host/weights/safetensors.h"
#include "tests/plugins/methods/method_fixture.h"

namespace sslx::evaluate::test {
namespace {

class EveryMethod : public ::testing::TestWithParam<const char*> {};

/// One step of the classifier, without which no gradient passes its zeros.
void learn_a_little(FineTuned& network, const Batch& batch) {
  network.loss(batch).backward();
  const torch::NoGradGuard guard;
  for (const auto& item : network.named_parameters()) {
    if (item.key().starts_with("classifier.")) item.value().sub_(item.value().grad());
  }
}

double backbone_gradient(const Method& method) {
  double sum = 0;
  for (const auto& item : method.named_parameters()) {
    if (item.key().find("backbone.") == std::string::npos || !item.value().grad().defined())
      continue;
    sum += item.value().grad().abs().sum().item<double>();
  }
  return sum;
}

TEST_P(EveryMethod, IsFineTunedFromChanceAndComesBack) {
  const auto method = sslx::test::make_method(GetParam(), nlohmann::json::object());
  const std::string before = train::state_digest(train::module_state(*method));
  const Batch batch = sslx::test::random_batch(8, 1, 3);
  {
    const train::Borrowed borrowed(*method);
    FineTuned network(method, 10, batch.views[0]);
    network.train();
    EXPECT_NEAR(network.loss(batch).item<double>(), std::log(10.0), 1e-6);
    learn_a_little(network, batch);
    EXPECT_EQ(backbone_gradient(*method), 0);
    network.loss(batch).backward();
    EXPECT_GT(backbone_gradient(*method), 0);
  }
  EXPECT_EQ(train::state_digest(train::module_state(*method)), before);
}

/// What a probe reads in place of the features: of the head that the loss reads, or a refusal.
TEST_P(EveryMethod, GivesItsHeadsOutputsOrHasNone) {
  const auto method = sslx::test::make_method(GetParam(), nlohmann::json::object());
  method->eval();
  const torch::NoGradGuard guard;
  const std::string name = GetParam();
  const torch::Tensor images = sslx::test::random_batch(8, {3}, 3).views[0];
  const std::set<std::string> without{"cpc", "deepcluster", "dino", "supervised", "random"};
  if (without.contains(name)) {
    EXPECT_THROW(method->outputs(images), Error);
    return;
  }
  const torch::Tensor z = method->outputs(images);
  EXPECT_EQ(z.size(0), 8);
  EXPECT_FALSE(z.sizes() == method->embed(images).sizes() && z.equal(method->embed(images)));
  for (const char* side : {"encoder", "query", "online"}) {
    if (!method->named_children().contains(side) || name == "mocov3") continue;
    EXPECT_TRUE(z.equal(sslx::test::encode(*method, side, images))) << side;
  }
  EXPECT_TRUE(z.equal(read_features(*method, images, Reads::kOutputs)));
}

INSTANTIATE_TEST_SUITE_P(Plugins, EveryMethod,
                         ::testing::Values("simclr", "moco", "simsiam", "byol", "barlow_twins",
                                           "invaspread", "instdisc", "cmc", "cpc", "infomin",
                                           "swav", "deepcluster", "deepcluster_v2", "dino",
                                           "mocov3", "supervised", "random"));

}  // namespace
}  // namespace sslx::evaluate::test
