// The weighted k-nearest-neighbour classifier of instance discrimination (Wu et al. 2018,
// arXiv:1805.01978, section 3.4): cosine similarity, class c weighs sum exp(s_i / T) over the k
// nearest.
#pragma once

#include "host/evaluate/features.h"
#include "host/evaluate/probe.h"

namespace sslx::evaluate {

struct KnnOptions {
  int64_t k = 200;
  double temperature = 0.07;
};

/// Class of each row of `queries` [N, D] by the bank's labelled features; labels are 0..classes-1.
/// k larger than the bank means the whole bank. Deterministic.
torch::Tensor knn_predict(const torch::Tensor& queries, const FeatureSet& bank, int64_t classes,
                          const KnnOptions& options);

/// The bank is the whole training set, the queries the whole test set; nothing is chosen. The
/// protocol says how many neighbours there were.
ProbeResult knn_probe(const FeatureSet& train, const FeatureSet& test, int64_t classes,
                      const KnnOptions& options);

}  // namespace sslx::evaluate
