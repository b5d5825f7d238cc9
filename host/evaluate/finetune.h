// Fine-tuning on a part of the labels (SimCLR v2, arXiv:2006.10029, section 3): all weights of the
// encoder learn, from the features that the method names (the middle of SimCLR v2's head), under a
// linear classifier that begins at zero.
#pragma once

#include <sslx/method.h>

#include "host/evaluate/features.h"
#include "host/evaluate/probe.h"

namespace sslx::evaluate {

/// Scores of the classes for each image.
class Classifying : public torch::nn::Module {
 public:
  virtual torch::Tensor logits(const torch::Tensor& images) = 0;
};

/// The method's network and the classifier on its transfer_features(). Whoever trains it lends the
/// method out for that (host/evaluate/borrowed.h).
class FineTuned : public Classifying {
 public:
  /// `images` are some of the input, from which the features' width is learnt.
  FineTuned(std::shared_ptr<Method> method, int64_t classes, const torch::Tensor& images);

  /// [N, classes], float32. All zero before the first step.
  torch::Tensor logits(const torch::Tensor& images) override;

  /// Cross-entropy, ln(classes) before the first step. Throws Error(kRun) when the method's
  /// features carry no gradient.
  torch::Tensor loss(const Batch& batch);

 private:
  std::shared_ptr<Method> method_;
  torch::nn::Linear classifier_{nullptr};
};

/// The best class of each image [N] int64, in evaluation mode.
torch::Tensor classify(Classifying& network, const data::Images& images, const Prepare& prepare,
                       torch::Device device, int64_t batch_size);

/// "1pct" for a share of 0.01.
std::string share_name(double share);

}  // namespace sslx::evaluate
