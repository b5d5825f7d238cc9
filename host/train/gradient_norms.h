// The gradients' norms, layer by layer, where the instability of a ViT shows first: a spike in the
// first layer is in the last one tens of steps later (MoCo v3, arXiv:2104.02057, figure 4).
#pragma once

#include <sslx/method.h>

#include <map>
#include <string>
#include <vector>

#include "host/weights/safetensors.h"

namespace sslx::train {

/// Of the first backbone that is trained. A layer is a residual block, or a single convolution or
/// linear layer outside of one; its norm is that of its weights together, without biases and norms.
class GradientNorms {
 public:
  explicit GradientNorms(Method& method);

  /// Looks at the gradients of one step; nothing is waited for on a GPU.
  void see();

  /// gradient_norm_first and gradient_norm_last: of the first and the last layer, the largest since
  /// this was asked last, on the gradients' device. Empty when no backbone is trained.
  std::map<std::string, torch::Tensor> ends();
  /// gradient_norm.LAYER of every layer, likewise.
  std::map<std::string, double> layers();

  /// What was seen since, for a checkpoint and out of one.
  State state() const;
  void load(const State& state);

 private:
  std::vector<std::string> names_;      ///< Of the layers, in order.
  std::vector<torch::Tensor> weights_;  ///< All layers', one after the other.
  torch::Tensor layer_of_;              ///< Each weight's layer.
  torch::Tensor at_ends_;               ///< The squares of the norms of the first and last layer.
  torch::Tensor at_all_;                ///< Of all.
};

}  // namespace sslx::train
