// Batch norm in training on a CPU, which is one operation with the residual and the ReLU that
// follow it: against torch's operations in float64, for which there is no such path.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <sslx/norm.h>

#include <cmath>
#include <limits>

namespace {

using sslx::Norm;
using torch::Tensor;

struct Case {
  std::vector<int64_t> sizes;
  bool relu;
  bool residual;
  torch::ScalarType type;
};

/// Output, gradients and running statistics.
struct Outcome {
  std::map<std::string, Tensor> values;
};

Tensor in_order(const Tensor& x) {
  return x.dim() == 4 ? x.contiguous(torch::MemoryFormat::ChannelsLast) : x;
}

/// Channels far from 0, with values that bfloat16 has.
Tensor input(const Case& of, double mean) {
  Tensor x = torch::randn(of.sizes) * 0.7;
  std::vector<int64_t> shape(of.sizes.size(), 1);
  shape[1] = of.sizes[1];
  x = x + mean * torch::linspace(-1, 1, of.sizes[1]).view(shape);
  return in_order(x.to(of.type).to(torch::kFloat32));
}

Outcome run(const Case& of, torch::ScalarType type, double mean) {
  torch::manual_seed(4);
  Norm norm(of.sizes[1], sslx::NormOptions{sslx::NormKind::kBatch});
  {
    const torch::NoGradGuard guard;
    norm->weight.uniform_(-1.5, 1.5);
    norm->bias.uniform_(-1, 1);
  }
  if (type == torch::kFloat64) norm->to(torch::kFloat64);
  Tensor x = input(of, mean).to(type).requires_grad_();
  Tensor residual = input(of, 1).to(type).requires_grad_();
  const Tensor weights = input(of, 1).to(type);
  const std::optional<Tensor> added = of.residual ? std::optional<Tensor>(residual) : std::nullopt;
  const Tensor y = of.relu ? norm->forward_relu(x, added) : norm->forward(x);
  EXPECT_EQ(y.scalar_type(), type);
  EXPECT_EQ(y.suggest_memory_format(), x.suggest_memory_format());
  (y * weights).sum().backward();
  Outcome out;
  out.values = {{"y", y.detach()},
                {"x", x.grad()},
                {"weight", norm->weight.grad()},
                {"bias", norm->bias.grad()},
                {"mean", norm->running_mean},
                {"var", norm->running_var}};
  if (of.residual) out.values["residual"] = residual.grad();
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);
  return out;
}

/// The greatest difference, as a share of the greatest value.
double difference(const Tensor& a, const Tensor& b) {
  const Tensor wide = b.to(torch::kFloat64);
  return ((a.to(torch::kFloat64) - wide).abs().max() / wide.abs().max()).item<double>();
}

std::vector<Case> cases(torch::ScalarType type) {
  std::vector<Case> out;
  // Tiles of 32, 16 and 8 channels, and pieces of which the last one is shorter.
  for (const std::vector<int64_t>& sizes : std::vector<std::vector<int64_t>>{
           {37, 32, 5, 7}, {9, 56, 3, 3}, {4, 8, 40, 40}, {70, 40}, {24, 512, 1, 1}}) {
    for (const auto& [relu, residual] : {std::pair(false, false), {true, false}, {true, true}}) {
      out.push_back({sizes, relu, residual, type});
    }
  }
  return out;
}

TEST(BatchNorm, OfFloatsIsThatOfDoubles) {
  for (const Case& of : cases(torch::kFloat32)) {
    const Outcome result = run(of, torch::kFloat32, 3);
    for (const auto& [name, expected] : run(of, torch::kFloat64, 3).values) {
      EXPECT_LT(difference(result.values.at(name), expected), 1e-5)
          << name << " of " << torch::IntArrayRef(of.sizes) << of.relu << of.residual;
    }
  }
}

// Half a unit in the last place of eight bits; the gradient of x is that of rounded values.
TEST(BatchNorm, OfHalvesIsThatOfDoublesRounded) {
  for (const Case& of : cases(torch::kBFloat16)) {
    const Outcome result = run(of, torch::kBFloat16, 1);
    for (const auto& [name, expected] : run(of, torch::kFloat64, 1).values) {
      const bool sum = name == "weight" || name == "bias";
      EXPECT_LT(difference(result.values.at(name), expected), sum ? 1e-2 : 1.0 / 256)
          << name << " of " << torch::IntArrayRef(of.sizes) << of.relu << of.residual;
    }
  }
}

// A channel that is 1,000 deviations from 0: E[x^2] - E[x]^2 would have no digits left.
TEST(BatchNorm, KeepsTheDigitsOfTheVarianceFarFromZero) {
  const Case of{{64, 16, 6, 6}, false, false, torch::kFloat32};
  const Outcome result = run(of, torch::kFloat32, 1000);
  const Outcome expected = run(of, torch::kFloat64, 1000);
  EXPECT_LT(difference(result.values.at("var"), expected.values.at("var")), 1e-5);
  EXPECT_LT(difference(result.values.at("y"), expected.values.at("y")), 1e-3);
}

TEST(BatchNorm, GivesTheSameBitsWithAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  for (const torch::ScalarType type : {torch::kFloat32, torch::kBFloat16}) {
    const Case of{{64, 32, 16, 16}, true, true, type};
    at::set_num_threads(1);
    const Outcome one = run(of, type, 1);
    at::set_num_threads(4);
    const Outcome four = run(of, type, 1);
    for (const auto& [name, value] : one.values) {
      EXPECT_TRUE(value.equal(four.values.at(name))) << name;
    }
  }
  at::set_num_threads(threads);
}

// ReLU must not hide that a training has diverged.
TEST(BatchNorm, KeepsNaN) {
  for (const torch::ScalarType type : {torch::kFloat32, torch::kBFloat16}) {
    Norm norm(16, sslx::NormOptions{sslx::NormKind::kBatch});
    Tensor x = in_order(torch::randn({8, 16, 4, 4}).to(type));
    x.select(1, 3)[0][0][0] = std::numeric_limits<double>::quiet_NaN();
    const Tensor y = norm->forward_relu(x, {});
    EXPECT_TRUE(y.select(1, 3).isnan().all().item<bool>());
    EXPECT_EQ(y.isnan().sum().item<int64_t>(), y.select(1, 3).numel());
    EXPECT_TRUE(norm->running_var[3].isnan().item<bool>());
  }
}

// The largest halves round to infinity, and a value between two to the even one.
TEST(BatchNorm, RoundsHalvesAsTorchDoes) {
  Norm norm(8, sslx::NormOptions{sslx::NormKind::kBatch});
  const Tensor x = torch::randn({512, 8}).to(torch::kBFloat16);
  const Tensor scale = torch::pow(10.0, torch::linspace(-20, 38, 8));
  {
    const torch::NoGradGuard guard;
    norm->weight.copy_(scale);
  }
  const Tensor y = norm->forward(x);
  const Tensor wide = x.to(torch::kFloat64);
  const Tensor centred = wide - wide.mean(0);
  const Tensor expected =
      (centred / (centred.square().mean(0) + 1e-5).sqrt() * scale.to(torch::kFloat64))
          .to(torch::kFloat32)
          .to(torch::kBFloat16);
  const auto near = torch::isclose(y.to(torch::kFloat64), expected.to(torch::kFloat64), 1.0 / 128,
                                   1e-30, /*equal_nan=*/true);
  EXPECT_TRUE(near.all().item<bool>());
  // Where float32 has the same value to its last digits, the halves are the same bits.
  EXPECT_GT(y.eq(expected).to(torch::kFloat64).mean().item<double>(), 0.999);
}

}  // namespace
