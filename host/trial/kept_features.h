// The features that a run's probes read, kept beside its weights: a later run of the same training
// probes them otherwise without passing every image through the network again. They are a
// convenience: whatever does not fit (another input, other weights, a damaged or missing file) is
// computed anew. float32, so that a probe of kept features has the bits of one of fresh ones.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "host/evaluate/features.h"
#include "host/record/journal.h"
#include "host/trial/trial_request.h"

namespace sslx::train {

/// Larger ones are not kept.
constexpr int64_t kMostKeptFeatureBytes = int64_t{128} << 20;

/// [train images, D] and [test images, D].
struct ProbedFeatures {
  torch::Tensor train;
  torch::Tensor test;
};

/// SHA-256 of everything that features depend on beside the machine: the weights, the data, which
/// of their images, and what evaluation does to them.
std::string features_key(const nlohmann::json& config, const std::string& weights_sha256);

/// Those under this key in the folder of an earlier run; empty when it has none that are whole and
/// of so many images.
std::optional<ProbedFeatures> find_features(const std::filesystem::path& directory,
                                            const std::string& key, int64_t train_images,
                                            int64_t test_images);

/// Writes features.safetensors into the run's folder and a "features" line into the journal;
/// nothing when they are too large. One that cannot be written is a warning.
void keep_features(const ProbedFeatures& features, const std::string& key,
                   const std::filesystem::path& directory, Journal& journal);

}  // namespace sslx::train
