#include "host/evaluate/distil.h"

#include <gtest/gtest.h>

#include <cmath>

#include "host/evaluate/borrowed.h"
#include "host/weights/safetensors.h"
#include "tests/host/evaluate/tiny_method.h"

namespace sslx::evaluate::test {
namespace {

using torch::Tensor;

Tensor random_logits(uint64_t seed) {
  torch::manual_seed(seed);
  return 3 * torch::randn({5, 4}, torch::kFloat64);
}

/// softmax(row / T), written out.
std::vector<double> probabilities(const Tensor& row, double temperature) {
  std::vector<double> out;
  double sum = 0;
  for (int64_t i = 0; i < row.size(0); ++i) {
    out.push_back(std::exp(row[i].item<double>() / temperature));
    sum += out.back();
  }
  for (double& value : out) value /= sum;
  return out;
}

/// Eq. 2 and its gradient in the student's logits, written out.
std::pair<double, Tensor> by_hand(const Tensor& student, const Tensor& teacher, double t) {
  double loss = 0;
  Tensor gradient = torch::zeros_like(student);
  const auto count = static_cast<double>(student.size(0));
  for (int64_t n = 0; n < student.size(0); ++n) {
    const auto p = probabilities(teacher[n], t);
    const auto q = probabilities(student[n], t);
    for (size_t c = 0; c < p.size(); ++c) {
      loss -= p[c] * std::log(q[c]) / count;
      gradient[n][static_cast<int64_t>(c)] = (q[c] - p[c]) / t / count;
    }
  }
  return {loss, gradient};
}

TEST(DistillationLoss, IsTheFormulaInValueAndGradient) {
  for (const double temperature : {0.5, 1.0, 4.0}) {
    const Tensor student = random_logits(1).requires_grad_(true);
    const Tensor teacher = random_logits(2);
    const Tensor loss = distillation_loss(student, teacher, temperature);
    loss.backward();
    const auto [value, gradient] = by_hand(student.detach(), teacher, temperature);
    EXPECT_NEAR(loss.item<double>(), value, 1e-12);
    EXPECT_TRUE(student.grad().allclose(gradient, 0, 1e-12));
  }
}

/// Then Kullback and Leibler's divergence is 0, and nothing is left to learn.
TEST(DistillationLoss, OfEqualNetworksIsTheTeachersEntropy) {
  const Tensor student = random_logits(1).requires_grad_(true);
  const Tensor p = student.detach().div(2).softmax(1);
  const Tensor loss = distillation_loss(student, student.detach(), 2);
  loss.backward();
  EXPECT_NEAR(loss.item<double>(), -(p * p.log()).sum(1).mean().item<double>(), 1e-12);
  EXPECT_LT(student.grad().abs().max().item<double>(), 1e-15);
}

TEST(DistillationLoss, GivesTheTeacherNoGradient) {
  const Tensor student = random_logits(1).requires_grad_(true);
  const Tensor teacher = random_logits(2).requires_grad_(true);
  distillation_loss(student, teacher, 1).backward();
  EXPECT_TRUE(student.grad().defined());
  EXPECT_FALSE(teacher.grad().defined());
}

class DistilTest : public ::testing::Test {
 protected:
  DistilTest() : method_(tiny()), borrowed_(*method_), teacher_(method_, 3, batch_.views[0]) {
    const torch::NoGradGuard guard;  // A teacher that says something.
    teacher_.named_parameters()["classifier.weight"].normal_();
  }
  static std::shared_ptr<TinyMethod> tiny() {
    torch::manual_seed(5);
    return std::make_shared<TinyMethod>();
  }
  Batch batch_ = Colours(12).batch();
  std::shared_ptr<TinyMethod> method_;
  train::Borrowed borrowed_;
  FineTuned teacher_;
  Student student_{std::make_shared<TinyBackbone>(), 3};
};

TEST_F(DistilTest, TheTeacherStaysAsItIs) {
  const std::string before = train::state_digest(train::module_state(teacher_));
  teacher_.train();
  distil_loss(student_, teacher_, batch_, {2.0, 0.5}).backward();
  EXPECT_EQ(train::state_digest(train::module_state(teacher_)), before);
  for (const auto& item : teacher_.named_parameters()) {
    EXPECT_FALSE(item.value().grad().defined()) << item.key();
  }
  for (const auto& item : student_.named_parameters()) {
    EXPECT_GT(item.value().grad().abs().sum().item<double>(), 0) << item.key();
  }
}

TEST_F(DistilTest, WithAlphaOneNoLabelIsRead) {
  student_.eval();  // The same batch norm at each call.
  const Tensor one = distil_loss(student_, teacher_, batch_, {1.0, 1.0});
  batch_.labels.fill_(-1);
  EXPECT_TRUE(one.equal(distil_loss(student_, teacher_, batch_, {1.0, 1.0})));
}

/// Eq. 3 sums the cross-entropy over labelled images and eq. 2 over all.
TEST_F(DistilTest, TheLabelsPartCountsLabelledImagesOnly) {
  student_.eval();
  using torch::indexing::Slice;
  batch_.labels.index_put_({Slice(4, 12)}, -1);
  const Tensor own = student_.logits(batch_.views[0]);
  double labelled = 0;
  for (int64_t i = 0; i < 4; ++i) {
    const auto p = probabilities(own[i], 1);
    labelled -= std::log(p[static_cast<size_t>(batch_.labels[i].item<int64_t>())]) / 12;
  }
  const double all = distil_loss(student_, teacher_, batch_, {1.0, 1.0}).item<double>();
  EXPECT_NEAR(distil_loss(student_, teacher_, batch_, {1.0, 0.0}).item<double>(), labelled, 1e-6);
  EXPECT_NEAR(distil_loss(student_, teacher_, batch_, {1.0, 0.25}).item<double>(),
              0.75 * labelled + 0.25 * all, 1e-6);
}

TEST_F(DistilTest, ABatchWithoutLabelsHasNoLabelsPart) {
  batch_.labels.fill_(-1);
  EXPECT_EQ(distil_loss(student_, teacher_, batch_, {1.0, 0.0}).item<double>(), 0);
}

}  // namespace
}  // namespace sslx::evaluate::test
