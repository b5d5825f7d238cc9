// The losses against values worked out by hand, and against the formula written another way.
#include <gtest/gtest.h>
#include <sslx/losses.h>

#include <cmath>

namespace {

using torch::Tensor;

const auto kWide = torch::TensorOptions(torch::kFloat64);

Tensor rows(std::initializer_list<std::initializer_list<double>> values) {
  std::vector<Tensor> out;
  for (const auto& row : values) out.push_back(torch::tensor(std::vector<double>(row), kWide));
  return torch::stack(out);
}

double nt_xent(const Tensor& a, const Tensor& b, double temperature) {
  return sslx::nt_xent(a, b, temperature).value.item<double>();
}

TEST(NtXent, OfIdenticalPairsOfOrthogonalImages) {
  const Tensor z = rows({{1, 0}, {0, 1}});
  for (const double tau : {0.1, 0.5, 1.0}) {
    EXPECT_NEAR(nt_xent(z, z, tau), std::log(1 + 2 * std::exp(-1 / tau)), 1e-12);
  }
  EXPECT_NEAR(nt_xent(z, z, 0.5), 0.239545, 1e-6);
}

TEST(NtXent, OfTwoImagesByHand) {
  const Tensor z1 = rows({{1, 0}, {0, 1}});
  EXPECT_NEAR(nt_xent(z1, rows({{.6, .8}, {.8, .6}}), 0.5), 1.270714, 1e-6);
  EXPECT_NEAR(nt_xent(z1, rows({{.6, .8}, {.8, .6}}), 0.1), 2.966802, 1e-6);
  EXPECT_NEAR(nt_xent(z1, rows({{.8, .6}, {.6, .8}}), 0.5), 0.870714, 1e-6);
  EXPECT_NEAR(nt_xent(z1, rows({{.8, .6}, {.6, .8}}), 0.1), 0.966802, 1e-6);
}

TEST(NtXent, OfEqualVectorsIsTheLogarithmOfTheCandidates) {
  const Tensor z = torch::ones({8, 4}, kWide);
  EXPECT_NEAR(nt_xent(z, z, 0.1), std::log(15.0), 1e-12);
}

/// Equation 1 of SimCLR as a double loop over anchors.
double nt_xent_by_loops(const Tensor& z1, const Tensor& z2, double tau) {
  const Tensor z = torch::cat({z1, z2});
  const Tensor unit = z / z.norm(2, 1, true);
  const Tensor s = (torch::mm(unit, unit.t()) / tau).exp();
  const int64_t n = z1.size(0);
  double total = 0;
  for (int64_t i = 0; i < 2 * n; ++i) {
    double sum = 0;
    for (int64_t k = 0; k < 2 * n; ++k) sum += k == i ? 0 : s[i][k].item<double>();
    total -= std::log(s[i][(i + n) % (2 * n)].item<double>() / sum);
  }
  return total / static_cast<double>(2 * n);
}

TEST(NtXent, AgreesWithTheFormulaOnRandomInput) {
  torch::manual_seed(1);
  const Tensor z1 = torch::randn({9, 5}, kWide);
  const Tensor z2 = torch::randn({9, 5}, kWide);
  EXPECT_NEAR(nt_xent(z1, z2, 0.2), nt_xent_by_loops(z1, z2, 0.2), 1e-12);
}

TEST(NtXent, HasTheGradientOfItsFiniteDifferences) {
  torch::manual_seed(2);
  Tensor z1 = torch::randn({4, 3}, kWide).requires_grad_();
  const Tensor z2 = torch::randn({4, 3}, kWide);
  sslx::nt_xent(z1, z2, 0.3).value.backward();
  const double step = 1e-6;
  for (int64_t i = 0; i < 4; ++i) {
    Tensor up = z1.detach().clone();
    Tensor down = z1.detach().clone();
    up[i][1] += step;
    down[i][1] -= step;
    const double slope = (nt_xent(up, z2, 0.3) - nt_xent(down, z2, 0.3)) / (2 * step);
    EXPECT_NEAR(z1.grad()[i][1].item<double>(), slope, 1e-7);
  }
}

TEST(InfoNce, OfEquallySimilarKeysIsTheLogarithmOfTheCandidates) {
  for (const int64_t count : {1, 4096}) {
    const Tensor q = torch::ones({2, 8}, kWide);
    const Tensor queue = sslx::unit_rows(torch::ones({count, 8}, kWide));
    EXPECT_NEAR(sslx::info_nce(q, q, queue, 0.07).value.item<double>(),
                std::log(static_cast<double>(count) + 1), 1e-9);
  }
}

TEST(InfoNce, ByHand) {
  // Positive at cosine 0.6, negatives at 0 and -1: -log(e^.6 / (e^.6 + 1 + e^-1)).
  const auto loss = sslx::info_nce(rows({{1, 0}}), rows({{.6, .8}}), rows({{0, 1}, {-1, 0}}), 1.0);
  const double expected = -std::log(std::exp(.6) / (std::exp(.6) + 1 + std::exp(-1.0)));
  EXPECT_NEAR(loss.value.item<double>(), expected, 1e-12);
  EXPECT_EQ(loss.accuracy.item<double>(), 1.0);
}

TEST(InfoNce, GivesTheKeysNoGradient) {
  Tensor q = torch::randn({3, 4}, kWide).requires_grad_();
  Tensor k = torch::randn({3, 4}, kWide).requires_grad_();
  sslx::info_nce(q, k, sslx::unit_rows(torch::randn({5, 4}, kWide)), 0.2).value.backward();
  EXPECT_TRUE(q.grad().defined());
  EXPECT_FALSE(k.grad().defined());
}

TEST(NegativeCosine, IsMinusOneZeroAndOne) {
  const Tensor p = rows({{1, 0}});
  EXPECT_NEAR(sslx::negative_cosine(p, rows({{3, 0}})).item<double>(), -1, 1e-12);
  EXPECT_NEAR(sslx::negative_cosine(p, rows({{0, 2}})).item<double>(), 0, 1e-12);
  EXPECT_NEAR(sslx::negative_cosine(p, rows({{-1, 0}})).item<double>(), 1, 1e-12);
}

TEST(NegativeCosine, StopsTheGradientIntoZ) {
  Tensor p = torch::randn({3, 4}).requires_grad_();
  Tensor z = torch::randn({3, 4}).requires_grad_();
  sslx::negative_cosine(p, z).backward();
  EXPECT_TRUE(p.grad().defined());
  EXPECT_FALSE(z.grad().defined());
}

TEST(OutputDeviation, IsZeroWhenCollapsedAndOneWhenSpread) {
  EXPECT_NEAR(sslx::output_deviation(torch::ones({16, 32})).item<double>(), 0, 1e-6);
  torch::manual_seed(3);
  EXPECT_NEAR(sslx::output_deviation(torch::randn({4096, 64})).item<double>(), 1, 0.01);
}

TEST(OutputRank, IsOneOnALineAndTheNumberOfDirectionsElse) {
  const auto rank = [](const torch::Tensor& z) { return sslx::output_rank(z).item<double>(); };
  EXPECT_NEAR(rank(torch::ones({16, 32})), 1, 1e-6);
  // What is left to outputs whose mean batch norm makes zero: most a little on one side, few far on
  // the other. Their deviation says nothing.
  torch::Tensor z = torch::ones({16, 32});
  z.slice(0, 0, 4).fill_(-3);
  EXPECT_NEAR(z.mean().item<double>(), 0, 1e-6);
  EXPECT_NEAR(rank(z), 1, 1e-6);
  EXPECT_GT(sslx::output_deviation(z).item<double>(), 0.5);
  EXPECT_NEAR(rank(torch::eye(8)), 8, 1e-5);
  EXPECT_NEAR(rank(torch::cat({torch::eye(8), -torch::eye(8)})), 8, 1e-5);
  // Two rows with cosine c: the mean of 1, c^2, c^2, 1.
  EXPECT_NEAR(rank(torch::tensor({{1.0, 0.0}, {3.0, 4.0}})), 2 / (1 + 0.36), 1e-6);
}

}  // namespace
