// The linear probe: a softmax classifier on frozen, standardised features, by SGD with momentum and
// a cosine schedule. All candidate learning rates are trained side by side on a part of the
// training set; the one that is best on the rest of it is trained again on all of it, and reads the
// test set once.
#pragma once

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
};

/// `seed` orders the batches and splits off the validation part. Deterministic.
ProbeResult linear_probe(const FeatureSet& train, const FeatureSet& test, int64_t classes,
                         const LinearOptions& options, uint64_t seed);

}  // namespace sslx::evaluate
