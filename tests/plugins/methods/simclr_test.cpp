#include <gtest/gtest.h>
#include <sslx/losses.h>

#include "method_fixture.h"

namespace {

using sslx::test::make_method;
using sslx::test::random_batch;
using torch::Tensor;

TEST(SimCLR, IsNtXentOfItsHead) {
  const auto method = make_method("simclr", {{"temperature", 0.5}});
  method->train();
  const auto batch = random_batch(8, 2, 1);
  const double loss = method->loss(batch).value.item<double>();
  // The same parts by their registered names, both views through batch norm at once.
  const auto backbone = method->named_children()["backbone"]->as<sslx::Backbone>();
  const auto head = method->named_children()["head"]->as<torch::nn::Sequential>();
  const Tensor z = head->forward(backbone->forward(torch::cat(batch.views)));
  const double expected =
      sslx::nt_xent(z.slice(0, 0, 8), z.slice(0, 8, 16), 0.5).value.item<double>();
  EXPECT_NEAR(loss, expected, 1e-5);
}

TEST(SimCLR, DoesNotCareWhichViewComesFirst) {
  const auto method = make_method("simclr", nlohmann::json::object());
  method->train();
  auto batch = random_batch(8, 2, 1);
  const double loss = method->loss(batch).value.item<double>();
  std::swap(batch.views[0], batch.views[1]);
  EXPECT_NEAR(method->loss(batch).value.item<double>(), loss, 1e-5);
}

TEST(SimCLR, TrainsEveryParameter) {
  for (const char* head : {"none", "linear", "nonlinear"}) {
    const auto method = make_method("simclr", {{"head", head}});
    method->train();
    method->loss(random_batch(8, 2, 1)).value.backward();
    for (const auto& item : method->named_parameters()) {
      EXPECT_TRUE(item.value().grad().defined()) << head << " " << item.key();
    }
  }
}

TEST(SimCLR, EvaluatesTheBackbonesFeatures) {
  const auto method = make_method("simclr", {{"output_width", 8}});
  EXPECT_EQ(method->embed(torch::randn({2, 3, 16, 16})).sizes(), (std::vector<int64_t>{2, 16}));
}

}  // namespace
