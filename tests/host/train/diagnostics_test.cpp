// The figures of features against values computed by hand or by another formula, and what counts as
// collapsed.
#include "host/train/diagnostics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace sslx::train;
using torch::Tensor;

TEST(Alignment, IsTheMeanSquaredDistanceOfUnitRows) {
  const Tensor x = torch::tensor({{3.0, 0.0}, {0.0, 2.0}});
  const Tensor y = torch::tensor({{0.0, 5.0}, {0.0, 1.0}});
  EXPECT_NEAR(alignment(x, y), 1, 1e-12);  // (2 + 0) / 2
  EXPECT_NEAR(alignment(x, 7 * x), 0, 1e-12);
  EXPECT_NEAR(alignment(x, -x), 4, 1e-12);
}

TEST(Uniformity, IsTheLogOfTheMeanOverPairs) {
  const Tensor x = torch::tensor({{1.0, 0.0}, {0.0, 4.0}, {-2.0, 0.0}});
  // Squared distances 2, 4 and 2.
  EXPECT_NEAR(uniformity(x), std::log((2 * std::exp(-4.0) + std::exp(-8.0)) / 3), 1e-12);
  EXPECT_NEAR(uniformity(torch::ones({5, 3})), 0, 1e-12);
}

TEST(Uniformity, OfASphereIsKnown) {
  torch::manual_seed(1);
  // On a high-dimensional sphere nearly all pairs are orthogonal: -2 * 2.
  EXPECT_NEAR(uniformity(torch::randn({400, 2000})), -4, 0.02);
}

TEST(EffectiveRank, CountsEqualDirections) {
  const Tensor axes = torch::cat({torch::eye(6), -torch::eye(6)});
  EXPECT_NEAR(effective_rank(axes), 6, 1e-9);
  EXPECT_NEAR(effective_rank(axes + 100), 6, 1e-6) << "the mean is no direction";
  EXPECT_NEAR(effective_rank(torch::cat({3 * axes, torch::zeros({12, 50})}, 1)), 6, 1e-6);
}

TEST(EffectiveRank, IsTheEntropyOfTheSingularValues) {
  torch::manual_seed(2);
  for (const auto& [rows, columns] : {std::pair{40, 12}, std::pair{12, 40}}) {
    const Tensor x = torch::randn({rows, columns}) * torch::rand({columns});
    const Tensor wide = x.to(torch::kFloat64);
    const Tensor values = at::linalg_svdvals(wide - wide.mean(0));
    const Tensor share = (values / values.sum()).clamp_min(1e-300);
    const double expected = std::exp(-(share * share.log()).sum().item<double>());
    EXPECT_NEAR(effective_rank(x), expected, 1e-5 * expected);
  }
}

TEST(EffectiveRank, IsOneOfALineAndZeroOfAPoint) {
  const Tensor line = torch::arange(9.0).unsqueeze(1) * torch::tensor({{1.0, -2.0, 0.5}});
  EXPECT_NEAR(effective_rank(line), 1, 1e-5);
  EXPECT_EQ(effective_rank(torch::full({9, 3}, 0.1)), 0);
  EXPECT_EQ(effective_rank(torch::zeros({9, 3})), 0);
}

TEST(EffectiveRank, OfWhatIsNoNumberIsNone) {
  Tensor x = torch::randn({9, 3});
  x[2][1] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isnan(effective_rank(x)));
}

TEST(Collapse, IsSaidOfOutputsFeaturesAndRank) {
  EXPECT_EQ(collapse({{"loss", 0}, {"output_deviation", 0.9}, {"effective_rank", 30}}), "");
  EXPECT_EQ(collapse({{"loss", -1}, {"output_deviation", 0.00123456}}),
            "output_deviation is 0.00123 over the last epoch, below 0.05");
  EXPECT_EQ(collapse({{"output_deviation", 0.9}, {"feature_deviation", 0.001}}),
            "feature_deviation is 0.001 over the last epoch, below 0.05");
  EXPECT_EQ(collapse({{"output_deviation", 0.2}, {"output_rank", 1.0083}}),
            "output_rank is 1.01 over the last epoch, below 1.05");
  EXPECT_EQ(collapse({{"output_deviation", 0.19}, {"output_information", 0.02196}}),
            "output_information is 0.022 over the last epoch, below 0.05");
  EXPECT_EQ(collapse({{"effective_rank", 1.25}, {"output_deviation", 0.9}}),
            "effective_rank is 1.25 over the last epoch, below 1.5");
}

TEST(Collapse, IsNotSaidOfOtherFiguresOrOfNone) {
  EXPECT_EQ(collapse({}), "");
  EXPECT_EQ(collapse({{"target_deviation", 0}, {"loss", 0}, {"alignment", 0}}), "");
  EXPECT_EQ(collapse({{"output_deviation", std::nan("")}, {"effective_rank", std::nan("")}}), "");
}

}  // namespace
