// Features of a data set, extracted once with frozen weights and read by every probe.
#pragma once

#include <sslx/method.h>

#include <functional>

#include "host/data/images.h"

namespace sslx::evaluate {

/// Turns uint8 images [N, C, H, W] on the CPU into what the encoder reads (normalised,
/// unaugmented).
using Prepare = std::function<torch::Tensor(const torch::Tensor&)>;

/// Features and labels of one split.
struct FeatureSet {
  torch::Tensor features;  ///< [N, D] float32, CPU.
  torch::Tensor labels;    ///< [N] int64, CPU.
  int64_t size() const { return labels.size(0); }
};

/// Without the images that could not be read, in whose places others stood (data::Images::intact).
FeatureSet only_intact(const FeatureSet& all, const data::Images& images);

/// Runs `method.embed` in evaluation mode without gradient over batches of `batch_size` images.
/// Throws Error(kRun) when what it gives is not [N, width], or not finite.
FeatureSet extract_features(Method& method, const data::Images& images, const torch::Tensor& labels,
                            const Prepare& prepare, torch::Device device, int64_t batch_size);

}  // namespace sslx::evaluate
