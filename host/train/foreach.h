// torch's SGD, Adam and AdamW, a few kernels for all weights together in place of a few for each: a
// GPU would wait for the processor to launch them. The same operations in the same order, so on the
// processor the same bits; options and state are torch's own.
#pragma once

#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

namespace sslx::train {

/// v <- momentum v + (1 - dampening) g', g' = g + weight_decay w; w <- w - lr v, with Nesterov's
/// w <- w - lr (g' + momentum v). The first v is g'.
class ForeachSgd : public torch::optim::SGD {
 public:
  using SGD::SGD;
  torch::Tensor step(LossClosure closure = nullptr) override;
};

/// Kingma and Ba 2014, arXiv:1412.6980, algorithm 1; the weight decay is part of the gradient.
class ForeachAdam : public torch::optim::Adam {
 public:
  using Adam::Adam;
  torch::Tensor step(LossClosure closure = nullptr) override;
};

/// Loshchilov and Hutter 2017, arXiv:1711.05101: w <- (1 - lr weight_decay) w before Adam's step.
class ForeachAdamW : public torch::optim::AdamW {
 public:
  using AdamW::AdamW;
  torch::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace sslx::train
