// LARS: SGD with momentum whose step is, in each weight tensor, a share of that tensor's own norm
// (You et al. 2017, arXiv:1708.03888), as SimCLR and those after it use it for large batches.
// Its state is one tensor a parameter, in state() as with torch's own optimisers.
#pragma once

#include <sslx/torch_base.h>

namespace sslx::train {

struct LarsOptions : public torch::optim::OptimizerCloneableOptions<LarsOptions> {
  explicit LarsOptions(double lr) : lr_(lr) {}
  TORCH_ARG(double, lr);
  TORCH_ARG(double, momentum) = 0.9;
  TORCH_ARG(double, weight_decay) = 0;
  TORCH_ARG(double, eta) = 0.001;   ///< Trust coefficient.
  TORCH_ARG(bool, classic) = true;  ///< The learning rate is inside the momentum buffer.
  TORCH_ARG(bool, exclude) = true;  ///< Biases and norms get neither trust nor weight decay.

 public:
  double get_lr() const override { return lr(); }
  void set_lr(const double lr) override { lr_ = lr; }
};

struct LarsParamState : public torch::optim::OptimizerCloneableParamState<LarsParamState> {
  TORCH_ARG(torch::Tensor, momentum_buffer);
};

/// With g' = g + weight_decay w and trust = eta |w| / |g'| (1 when either norm is 0):
/// classic (SimCLR's code): v <- momentum v + lr trust g', w <- w - v;
/// popular (FAIR's code): v <- momentum v + trust g', w <- w - lr v.
class Lars : public torch::optim::Optimizer {
 public:
  Lars(const std::vector<torch::optim::OptimizerParamGroup>& groups, const LarsOptions& defaults)
      : Optimizer(groups, std::make_unique<LarsOptions>(defaults)) {}

  torch::Tensor step(LossClosure closure = nullptr) override;

 private:
  void update(const std::vector<torch::Tensor>& weights, const LarsOptions& options, bool adapted);
  std::vector<torch::Tensor> momentum_buffers(const std::vector<torch::Tensor>& weights);
};

}  // namespace sslx::train
