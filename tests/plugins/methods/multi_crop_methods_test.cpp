// The methods that came to multi-crop later: with two views they are, bit for bit, what their
// papers write down; with local crops, the mean over all pairs whose targets are of global views.
#include <gtest/gtest.h>
#include <sslx/losses.h>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using torch::Tensor;

Tensor through(const sslx::Method& method, const char* part, const Tensor& x) {
  return method.named_children()[part]->as<torch::nn::Sequential>()->forward(x);
}

/// What a method's student predicts, and the targets, of each view.
struct Sides {
  std::vector<Tensor> predictions;
  std::vector<Tensor> targets;
};

Sides byol_sides(const sslx::Method& method, const std::vector<Tensor>& views) {
  Sides out;
  for (const Tensor& view : views) {
    out.predictions.push_back(through(method, "predictor", encode(method, "online", view)));
    out.targets.push_back(encode(method, "target", view).detach());
  }
  return out;
}

Sides simsiam_sides(const sslx::Method& method, const std::vector<Tensor>& views) {
  const auto backbone = method.named_children()["backbone"]->as<sslx::Backbone>();
  Sides out;
  for (const Tensor& view : views) {
    const Tensor z = through(method, "projector", backbone->forward(view));
    out.predictions.push_back(through(method, "predictor", z));
    out.targets.push_back(z.detach());
  }
  return out;
}

Tensor byol_loss(const Sides& sides) {
  return sslx::normalised_distance(sides.predictions[0], sides.targets[1]) +
         sslx::normalised_distance(sides.predictions[1], sides.targets[0]);
}

Tensor simsiam_loss(const Sides& sides) {
  return (sslx::negative_cosine(sides.predictions[0], sides.targets[1]) +
          sslx::negative_cosine(sides.predictions[1], sides.targets[0])) /
         2;
}

struct PairCase {
  const char* method;
  nlohmann::json parameters;
  Sides (*sides)(const sslx::Method&, const std::vector<Tensor>&);
  Tensor (*of_two)(const Sides&);
  Tensor (*of_pair)(const Tensor&, const Tensor&);
  double scale;  ///< Of a pair's loss.
};

const std::vector<PairCase>& pair_cases() {
  static const std::vector<PairCase> all{{"byol",
                                          {{"hidden_width", 16}, {"output_width", 8}},
                                          byol_sides,
                                          byol_loss,
                                          sslx::normalised_distance,
                                          2},
                                         {"simsiam",
                                          {{"output_width", 16}, {"predictor_width", 8}},
                                          simsiam_sides,
                                          simsiam_loss,
                                          sslx::negative_cosine,
                                          1}};
  return all;
}

std::vector<Tensor> gradients_of(sslx::Method& method, const Tensor& loss) {
  method.zero_grad();
  loss.backward();
  std::vector<Tensor> out;
  for (const Tensor& parameter : method.parameters()) {
    out.push_back(parameter.grad().defined() ? parameter.grad().clone() : torch::zeros({}));
  }
  return out;
}

TEST(MultiCropMethods, AreWithTwoViewsWhatTheyWereToTheBit) {
  for (const PairCase& item : pair_cases()) {
    const auto method = make_method(item.method, item.parameters);
    method->train();
    const auto batch = random_batch(8, 2, 1);
    const Tensor expected = item.of_two(item.sides(*method, batch.views));
    const auto expected_gradients = gradients_of(*method, expected);
    const Tensor loss = method->loss(batch).value;
    EXPECT_TRUE(loss.equal(expected)) << item.method;
    const auto gradients = gradients_of(*method, loss);
    for (size_t i = 0; i < gradients.size(); ++i) {
      EXPECT_TRUE(gradients[i].equal(expected_gradients[i])) << item.method << " " << i;
    }
  }
}

TEST(MultiCropMethods, AverageOverAllPairsWithAGlobalTarget) {
  for (const PairCase& item : pair_cases()) {
    const auto method = make_method(item.method, item.parameters, 0, false, /*local_views=*/4);
    EXPECT_EQ(method->view_count(), 6);
    method->train();
    auto batch = random_batch(8, 6, 1);
    batch.local_views = 4;
    for (size_t v = 2; v < 6; ++v) batch.views[v] = batch.views[v].slice(2, 0, 8).slice(3, 0, 8);
    const Sides sides = item.sides(*method, batch.views);
    double expected = 0;
    for (size_t v = 0; v < 6; ++v) {
      for (size_t i = 0; i < 2; ++i) {
        if (v == i) continue;
        const Tensor one = item.of_pair(sides.predictions[v], sides.targets[i]);
        expected += item.scale * one.item<double>() / 10;
      }
    }
    EXPECT_NEAR(method->loss(batch).value.item<double>(), expected, 1e-5) << item.method;
  }
}

TEST(MultiCropMethods, ShowLocalCropsToTheStudentAlone) {
  const auto method = make_method("byol", pair_cases()[0].parameters, 0, false, 4);
  method->train();
  auto batch = random_batch(8, 6, 1);
  batch.local_views = 4;
  method->loss(batch);
  for (const auto& item : method->named_buffers()) {
    if (!item.key().ends_with("num_batches_tracked")) continue;
    const bool teacher = item.key().starts_with("target.");
    EXPECT_EQ(item.value().item<int64_t>(), teacher ? 2 : 6) << item.key();
  }
}

}  // namespace
