// sync_bn in several processes is batch norm of the whole batch in one: values, gradients, running
// statistics. Batch norm without "sync_" is not.
#include <gtest/gtest.h>
#include <sslx/norm.h>

#include <mutex>

#include "host/tools/check/thread_group.h"

namespace {

using sslx::Norm;
using sslx::NormKind;
using torch::Tensor;

struct Passed {
  Tensor out;
  Tensor input_gradient;
  Tensor weight_gradient;
  Tensor running_mean;
  Tensor running_var;
};

Passed pass(Norm& norm, const Tensor& images, const Tensor& upstream) {
  const Tensor x = images.clone().requires_grad_();
  const Tensor out = norm->forward_relu(x, {});
  (out * upstream).sum().backward();
  return {out.detach(), x.grad(), norm->weight.grad(), norm->running_mean, norm->running_var};
}

Norm wide_norm(NormKind kind) {
  torch::manual_seed(4);
  Norm norm(3, sslx::NormOptions{kind});
  norm->to(torch::kFloat64);
  const torch::NoGradGuard guard;
  norm->weight.uniform_(0.5, 1.5);
  norm->bias.uniform_(-1, 1);
  return norm;
}

/// The two halves of a batch in two processes, put together.
Passed in_two(NormKind kind, const Tensor& images, const Tensor& upstream) {
  std::vector<Passed> parts(2);
  std::mutex making;
  sslx::check::Meeting meeting(2);
  sslx::check::run_in_group(meeting, [&](const std::shared_ptr<sslx::Group>& group) {
    Norm norm{nullptr};
    {
      const std::lock_guard lock(making);  // the generator is everyone's
      norm = wide_norm(kind);
    }
    sslx::share_batches(*norm, group);
    const auto rank = static_cast<size_t>(group->rank());
    parts[rank] = pass(norm, images.chunk(2)[rank], upstream.chunk(2)[rank]);
  });
  EXPECT_TRUE(parts[0].running_var.equal(parts[1].running_var) || kind == NormKind::kBatch);
  return {torch::cat({parts[0].out, parts[1].out}),
          torch::cat({parts[0].input_gradient, parts[1].input_gradient}),
          parts[0].weight_gradient + parts[1].weight_gradient, parts[0].running_mean,
          parts[0].running_var};
}

double apart(const Passed& a, const Passed& b) {
  const auto one = [](const Tensor& x, const Tensor& y) {
    return (x - y).abs().max().item<double>();
  };
  return std::max({one(a.out, b.out), one(a.input_gradient, b.input_gradient),
                   one(a.weight_gradient, b.weight_gradient), one(a.running_mean, b.running_mean),
                   one(a.running_var, b.running_var)});
}

TEST(SharedNorm, IsBatchNormOfTheWholeBatch) {
  torch::manual_seed(1);
  const auto wide = torch::TensorOptions(torch::kFloat64);
  for (const std::vector<int64_t>& sizes :
       {std::vector<int64_t>{8, 3, 5, 4}, std::vector<int64_t>{8, 3}}) {
    // Each half has other moments, and means far from 0 beside their deviations.
    Tensor images = torch::randn(sizes, wide) + 1e4;
    images.narrow(0, 0, 4).mul_(1.001);
    const Tensor upstream = torch::randn(sizes, wide);
    Norm alone = wide_norm(NormKind::kBatch);
    const Passed expected = pass(alone, images, upstream);
    EXPECT_LT(apart(in_two(NormKind::kSyncBatch, images, upstream), expected), 1e-7);
    EXPECT_GT(apart(in_two(NormKind::kBatch, images, upstream), expected), 1e-2);
  }
}

TEST(SharedNorm, IsItselfAlone) {
  const Tensor images = torch::randn({8, 16, 4, 4}).contiguous(torch::MemoryFormat::ChannelsLast);
  Norm alone(16, sslx::NormOptions{NormKind::kBatch});
  Norm shared(16, sslx::NormOptions{NormKind::kSyncBatch});
  sslx::share_batches(*shared, std::make_shared<sslx::Group>());
  EXPECT_TRUE(shared->forward(images).equal(alone->forward(images)));
}

}  // namespace
