// For methods that look at all training images before an epoch (DeepCluster, arXiv:1807.05520):
// such a method derives from this class beside Method, and the training loop calls it.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/torch_base.h>

#include <functional>

namespace sslx {

class SSLX_API BeforeEpoch {
 public:
  virtual ~BeforeEpoch();

  /// embed() of all training images in the data set's order, prepared as for evaluation (no
  /// chance), with the weights as they are: [N, D] float32 on the CPU. One pass over the data set.
  using Features = std::function<torch::Tensor()>;

  /// Called before the first step of each epoch; in training mode.
  virtual void before_epoch(int64_t epoch, const Features& features) = 0;

  /// The images that the epoch is trained on, in order, where that is not each of them once: their
  /// places, [N] int64 on the CPU, as many as the data set has images. One that is there again is
  /// drawn anew. Asked after before_epoch(), and again by a training that goes on within the epoch,
  /// so it must follow from the method's state. Undefined: each once, in the trial's order.
  virtual torch::Tensor images_of_epoch(int64_t epoch);
};

}  // namespace sslx
