// A batch that K processes share gives the loss and the gradient of the whole batch in one: the
// mean over the processes of both, as the trainer takes it. A well-known library had its gradient
// off by the number of processes.
#include <gtest/gtest.h>
#include <sslx/shards.h>
#include <sslx/sinkhorn.h>

#include "thread_group.h"

namespace {

using sslx::Group;
using sslx::test::Fault;
using sslx::test::run_in_group;
using torch::Tensor;

struct ShardedLoss {
  const char* name;
  std::function<Tensor(const Tensor&, const Tensor&, Group&)> value;
};

const std::vector<ShardedLoss>& sharded_losses() {
  static const std::vector<ShardedLoss> all{
      {"nt_xent", [](auto& a, auto& b, Group& g) { return sslx::nt_xent(a, b, 0.3, g).value; }},
      {"in_batch_info_nce, keys without gradient",
       [](auto& a, auto& b, Group& g) {
         return sslx::in_batch_info_nce(a, b.detach(), 0.3, g).value;
       }},
      {"in_batch_info_nce, keys with gradient",
       [](auto& a, auto& b, Group& g) { return sslx::in_batch_info_nce(a, b, 0.3, g).value; }},
      {"invariant_spreading",
       [](auto& a, auto& b, Group& g) { return sslx::invariant_spreading(a, b, 0.3, g).value; }},
      {"cross_correlation",
       [](auto& a, auto& b, Group& g) { return sslx::cross_correlation(a, b, 0.2, g).value; }},
      {"codes of sinkhorn", [](auto& a, auto& b, Group& g) {
         return sslx::code_prediction(a, sslx::sinkhorn(b, 0.5, 3, g), 0.3);
       }}};
  return all;
}

/// The loss of a linear network on two views, and its weights' gradient.
struct ValueAndGradient {
  Tensor value;
  Tensor gradient;
};

ValueAndGradient of_network(const ShardedLoss& loss, const Tensor& views, const Tensor& weights,
                            Group& group) {
  const Tensor own = weights.clone().requires_grad_();
  const Tensor value = loss.value(torch::mm(views[0], own), torch::mm(views[1], own), group);
  value.backward();
  return {value.detach(), own.grad()};
}

ValueAndGradient mean_over_shards(const ShardedLoss& loss, const Tensor& views,
                                  const Tensor& weights, int64_t processes, Fault fault) {
  const std::vector<Tensor> shards = views.chunk(processes, 1);
  std::vector<Tensor> values(shards.size()), gradients(shards.size());
  run_in_group(processes, fault, [&](Group& group) {
    const auto rank = static_cast<size_t>(group.rank());
    const ValueAndGradient out = of_network(loss, shards[rank], weights, group);
    values[rank] = out.value;
    gradients[rank] = out.gradient;
  });
  return {torch::stack(values).mean(), torch::stack(gradients).mean(0)};
}

class Shards : public ::testing::Test {
 protected:
  Shards() {
    torch::manual_seed(7);
    views_ = torch::randn({2, 8, 5}, torch::kFloat64);
    weights_ = torch::randn({5, 4}, torch::kFloat64);
  }
  ValueAndGradient whole(const ShardedLoss& loss) const {
    Group alone;
    return of_network(loss, views_, weights_, alone);
  }
  double gradient_error(const ShardedLoss& loss, int64_t processes, Fault fault) const {
    const Tensor expected = whole(loss).gradient;
    const Tensor found = mean_over_shards(loss, views_, weights_, processes, fault).gradient;
    return ((found - expected).abs().max() / expected.abs().max()).item<double>();
  }

  Tensor views_;
  Tensor weights_;
};

TEST_F(Shards, HaveTheValueAndGradientOfTheWholeBatch) {
  for (const ShardedLoss& loss : sharded_losses()) {
    const ValueAndGradient expected = whole(loss);
    ASSERT_GT(expected.gradient.abs().max().item<double>(), 1e-3) << loss.name;
    for (const int64_t processes : {2, 4}) {
      SCOPED_TRACE(std::string(loss.name) + " over " + std::to_string(processes));
      const auto found = mean_over_shards(loss, views_, weights_, processes, Fault::kNone);
      EXPECT_NEAR(found.value.item<double>(), expected.value.item<double>(), 1e-10);
      EXPECT_LT((found.gradient - expected.gradient).abs().max().item<double>(), 1e-10);
    }
  }
}

TEST_F(Shards, ShowAGatherWhoseGradientIsWrong) {
  const ShardedLoss& nt_xent = sharded_losses()[0];
  const ShardedLoss& info_nce = sharded_losses()[2];
  for (const Fault fault : {Fault::kOnlyOwn, Fault::kTimesSize}) {
    EXPECT_GT(gradient_error(nt_xent, 2, fault), 1e-2);
    EXPECT_GT(gradient_error(info_nce, 4, fault), 1e-2);
  }
}

TEST_F(Shards, MatterToALossThatComparesImages) {
  const ShardedLoss& nt_xent = sharded_losses()[0];
  std::vector<Tensor> values;
  Group alone;
  for (const Tensor& shard : views_.chunk(2, 1)) {
    values.push_back(of_network(nt_xent, shard, weights_, alone).value);
  }
  EXPECT_GT((torch::stack(values).mean() - whole(nt_xent).value).abs().item<double>(), 0.1);
}

}  // namespace
