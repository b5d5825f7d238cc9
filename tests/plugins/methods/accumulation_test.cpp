// What methods say of themselves for the trainer: whether a batch may be split, and what the loss
// is while nothing is learnt.
#include <gtest/gtest.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::make_method;
using sslx::test::random_batch;
using torch::Tensor;

struct Splitting {
  const char* method;
  nlohmann::json parameters;
  size_t views;
  bool separable;
};

const std::vector<Splitting>& splittings() {
  const nlohmann::json wide{{"output_width", 8}};
  static const std::vector<Splitting> all{
      {"supervised", nlohmann::json::object(), 1, true},
      {"instdisc", {{"output_width", 8}, {"negatives", 0}, {"form", "softmax"}}, 1, true},
      {"simsiam", {{"output_width", 16}, {"predictor_width", 8}}, 2, true},
      {"byol", {{"hidden_width", 16}, {"output_width", 8}}, 2, true},
      {"invaspread", wide, 2, false},
      {"barlow_twins", {{"hidden_width", 16}, {"output_width", 8}}, 2, false}};
  return all;
}

/// The rows [begin, begin + 4) of a batch.
sslx::Batch part_of(const sslx::Batch& batch, int64_t begin) {
  sslx::Batch out;
  for (const Tensor& view : batch.views) out.views.push_back(view.narrow(0, begin, 4));
  out.indices = batch.indices.narrow(0, begin, 4);
  out.labels = batch.labels.narrow(0, begin, 4);
  return out;
}

/// In evaluation mode, in which batch norm treats each image alone.
TEST(Separable, IsWhetherTheLossOfABatchIsTheMeanOfItsParts) {
  for (const Splitting& item : splittings()) {
    SCOPED_TRACE(item.method);
    const auto method = make_method(item.method, item.parameters);
    method->eval();
    EXPECT_EQ(method->separable(), item.separable);
    const sslx::Batch batch = random_batch(8, item.views, 1);
    const auto loss = [&](const sslx::Batch& of) { return method->loss(of).value.item<double>(); };
    const double whole = loss(batch);
    const double parts = (loss(part_of(batch, 0)) + loss(part_of(batch, 4))) / 2;
    if (item.separable) {
      EXPECT_NEAR(parts, whole, 1e-5);
    } else {
      EXPECT_GT(std::abs(parts - whole), 1e-3);
    }
  }
}

/// With encoders that map everything to one point, or classifiers that know nothing.
TEST(Chance, IsTheLossWhileNothingIsLearnt) {
  for (const char* name : {"supervised", "invaspread"}) {
    const auto method = make_method(name, nlohmann::json::object());
    method->eval();
    const torch::NoGradGuard guard;
    for (Tensor& parameter : method->parameters()) {
      if (parameter.dim() == 2) parameter.zero_();
    }
    for (auto& item : method->named_parameters()) {
      if (item.key() == "classifier.bias") item.value().zero_();
    }
    const sslx::Loss loss = method->loss(random_batch(8, 2, 1));
    ASSERT_TRUE(loss.chance) << name;
    EXPECT_NEAR(*loss.chance, loss.value.item<double>(), 1e-4) << name;
  }
}

TEST(Chance, OfABankAndOfACorrelation) {
  const auto chance = [](const char* name, const nlohmann::json& parameters, size_t views) {
    return make_method(name, parameters)->loss(random_batch(8, views, 1)).chance;
  };
  const nlohmann::json softmax{{"output_width", 8}, {"negatives", 0}, {"form", "softmax"}};
  EXPECT_NEAR(*chance("instdisc", softmax, 1), std::log(64), 1e-12);
  const nlohmann::json nce{{"output_width", 8}, {"negatives", 12}};
  EXPECT_NEAR(*chance("instdisc", nce, 1), std::log(13) + 12 * std::log(13.0 / 12), 1e-12);
  const nlohmann::json proximal{{"output_width", 8}, {"negatives", 12}, {"proximal", 1.0}};
  EXPECT_FALSE(chance("instdisc", proximal, 1)) << "the proximal term has no such value";
  const nlohmann::json twins{{"hidden_width", 16}, {"output_width", 8}, {"loss_scale", 0.5}};
  EXPECT_NEAR(*chance("barlow_twins", twins, 2), 4, 1e-12);
}

}  // namespace
