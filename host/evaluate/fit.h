// Training after the pretraining: a network learns from one view of each image, by a loss that is
// given. What fine-tuning and distillation have in common.
#pragma once

#include <sslx/method.h>

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>

#include "host/data/view_pipeline.h"
#include "host/train/device.h"
#include "host/train/loop.h"

namespace sslx::evaluate {

/// What a fit works on; everything outlives it.
struct FitParts {
  const std::vector<torch::Tensor>& parameters;
  const std::function<torch::Tensor(const Batch&)>& loss;  ///< Scalar; called inside autocast.
  const data::ViewPipeline& views;                         ///< Of one view.
  const train::Machine& machine;
  const std::atomic<bool>& stop;
  /// Told of the first and the last step, and of one a second between: its number from 1, its epoch
  /// and its loss.
  const std::function<void(int64_t step, int64_t epoch, double loss)>& note;
};

/// `epochs` passes over the views with the optimiser of `config`, in batches of the seed's order; a
/// batch is whole, or all images where there are fewer. Ends early when the loss is not finite, or
/// when it is told to stop.
train::LoopResult fit(const FitParts& parts, const nlohmann::json& config, int64_t epochs,
                      uint64_t seed);

}  // namespace sslx::evaluate
