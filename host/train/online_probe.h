// A linear classifier that learns beside a method from the same batches and their labels, while the
// method sees nothing of it (solo-learn's and lightly's online evaluation): how far the features
// are, at any time of a training.
#pragma once

#include <sslx/torch_base.h>

#include "host/weights/safetensors.h"

namespace sslx::train {

/// Features are standardised by running means, as a batch norm without scale and shift does; SGD at
/// a constant rate of 0.1 with momentum 0.9, from zero.
class OnlineProbe {
 public:
  OnlineProbe(int64_t classes, torch::Device device) : classes_(classes), device_(device) {}

  /// One step on features [B, D] of images with labels [B], -1 for none. Returns the share of those
  /// with a label that it was right about before the step, a scalar on the features' device.
  torch::Tensor learn(const torch::Tensor& features, const torch::Tensor& labels);

  /// The class of each [N, D], int64 on the CPU; it must have learnt.
  torch::Tensor predict(const torch::Tensor& features) const;

  /// For a checkpoint and out of one; empty before it has learnt.
  State state() const;
  void load(const State& state);

 private:
  void begin(const torch::Tensor& features);

  int64_t classes_;
  torch::Device device_;
  torch::Tensor weight_, bias_, weight_velocity_, bias_velocity_, mean_, variance_;
};

}  // namespace sslx::train
