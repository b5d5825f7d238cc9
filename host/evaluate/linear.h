// The linear probe: a softmax classifier on frozen features, by SGD with momentum. Features are
// standardised, or raw as the papers have them, and those of the images as they are, or of crops of
// them that the network sees anew in each epoch. All candidate learning rates are trained side by
// side on a part of the training set; the one that is best on the rest of it is trained again on
// all of it, and reads the test set once.
#pragma once

#include <memory>

#include "host/evaluate/features.h"
#include "host/evaluate/probe.h"

namespace sslx::evaluate {

struct LinearOptions {
  int64_t epochs = 100;
  int64_t batch_size = 256;
  std::vector<double> rates = {0.01, 0.03, 0.1, 0.3, 1.0};
  double momentum = 0.9;
  double weight_decay = 0.0;
  double validation = 0.1;  ///< Share of the training set on which the rate is chosen; 0..1.
  bool nesterov = false;
  bool standardise = true;  ///< Each feature to mean 0 and deviation 1 over the training set.
  bool steps = false;       ///< The rate falls at the milestones, else along half a cosine.
  std::vector<int64_t> milestones = {};  ///< Epochs after which the rate falls...
  double gamma = 0.1;                    ///< ... to so much of it.
};

/// The training features batch by batch.
class FeatureBatches {
 public:
  virtual ~FeatureBatches() = default;
  virtual FeatureSet next() = 0;
};

/// Features of these rows of the training set [n] int64 as the network sees them anew, for so many
/// epochs, each in the order of a data::Sampler of them with `seed`.
using SeenAnew = std::function<std::unique_ptr<FeatureBatches>(const torch::Tensor& rows,
                                                               int64_t epochs, uint64_t seed)>;

/// `seed` orders the batches and splits off the validation part. Deterministic. With `seen_anew`
/// the classifiers learn from what it gives; the validation part, and what features are
/// standardised by, are those of `train`.
ProbeResult linear_probe(const FeatureSet& train, const FeatureSet& test, int64_t classes,
                         const LinearOptions& options, uint64_t seed,
                         const SeenAnew& seen_anew = {});

}  // namespace sslx::evaluate
