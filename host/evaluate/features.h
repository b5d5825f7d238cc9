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

/// What of a method is read: the features h, or the outputs z of the head on them.
enum class Reads { kFeatures, kOutputs };

/// The method's embed(), or its outputs(), of images that lie on its device, in evaluation mode and
/// without gradient: [N, D] float32 on the CPU. Throws Error(kRun) when that is not [N, width].
torch::Tensor read_features(Method& method, const torch::Tensor& images, Reads reads);

/// The same over batches of `batch_size` images. Throws Error(kRun) when one is not finite.
FeatureSet extract_features(Method& method, const data::Images& images, const torch::Tensor& labels,
                            const Prepare& prepare, torch::Device device, int64_t batch_size,
                            Reads reads = Reads::kFeatures);

}  // namespace sslx::evaluate
