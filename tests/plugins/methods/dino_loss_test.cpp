// DINO's loss and its gradient against lightly's, and what holds of its two distributions.
#include <gtest/gtest.h>

#include <cmath>

#include "dino_pairs.h"
#include "teacher_fixture.h"
#include "tests/reference/reference.h"

namespace {

namespace dino = sslx::dino;
using sslx::test::tensor_of;
using torch::Tensor;

TEST(DinoLoss, AgreesWithLightlyInValueAndGradient) {
  const auto cases = sslx::test::load_reference("teachers").at("dino");
  ASSERT_EQ(cases.size(), 3U);
  for (const auto& entry : cases) {
    std::vector<Tensor> teacher, student;
    for (const auto& rows : entry.at("teacher")) teacher.push_back(tensor_of(rows));
    for (const auto& rows : entry.at("student")) {
      student.push_back(tensor_of(rows).requires_grad_());
    }
    const Tensor centre =
        torch::tensor(entry.at("centre").get<std::vector<double>>(), torch::kFloat64);
    const Tensor value = sslx::test::over_pairs(
        teacher, student, centre, entry.at("teacher_temperature"), entry.at("student_temperature"));
    EXPECT_NEAR(value.item<double>(), entry.at("value").get<double>(), 1e-9);
    value.backward();
    for (size_t i = 0; i < student.size(); ++i) {
      const Tensor expected = tensor_of(entry.at("gradients")[i]);
      EXPECT_LT((student[i].grad() - expected).abs().max().item<double>(), 1e-9) << i;
    }
  }
}

TEST(DinoLoss, IsTheTargetsEntropyAndTheDivergence) {
  const Tensor teacher = torch::randn({5, 7}, torch::kFloat64);
  const Tensor student = torch::randn({5, 7}, torch::kFloat64);
  const Tensor p = dino::teacher_distribution(teacher, torch::zeros({7}, torch::kFloat64), 0.3);
  const Tensor log_q = dino::student_log_distribution(student, 0.5);
  const Tensor divergence = (p * (p.log() - log_q)).sum(1);
  EXPECT_NEAR(dino::cross_entropy(p, log_q).item<double>(),
              (dino::entropy(p) + divergence).mean().item<double>(), 1e-12);
}

TEST(DinoLoss, IsLnKOfUniformLogitsAndKnowsNoConstant) {
  const Tensor centre = torch::randn({9}, torch::kFloat64);
  const Tensor equal = torch::full({2, 9}, 3.0, torch::kFloat64);
  const Tensor uniform = dino::teacher_distribution(equal, torch::zeros_like(centre), 0.04);
  EXPECT_NEAR(
      dino::cross_entropy(uniform, dino::student_log_distribution(equal, 0.1)).item<double>(),
      std::log(9.0), 1e-12);
  const Tensor logits = torch::randn({2, 9}, torch::kFloat64);
  const Tensor once = dino::teacher_distribution(logits, centre, 0.04);
  EXPECT_TRUE(torch::allclose(dino::teacher_distribution(logits + 17, centre, 0.04), once, 1e-9));
  EXPECT_EQ(dino::entropy(torch::tensor({0.0, 1.0})).item<double>(), 0);
}

}  // namespace
