// The training loop: batches of views, loss, gradient, update, and what is recorded meanwhile.
#pragma once

#include <sslx/before_epoch.h>
#include <sslx/method.h>

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>

#include "host/data/view_pipeline.h"
#include "host/record/journal.h"
#include "host/train/device.h"
#include "host/train/feature_watch.h"

namespace sslx::train {

enum class LoopEnd { kCompleted, kDiverged, kInterrupted };

struct LoopResult {
  LoopEnd end = LoopEnd::kCompleted;
  std::string message;           ///< Why, when it did not complete.
  double images_per_second = 0;  ///< Training images (not views) over the whole loop; 0 when none.
  std::string collapse = {};     ///< Why a completed training counts as collapsed, or empty.
};

/// What the loop works on; everything outlives it.
struct LoopParts {
  Method& method;
  const std::vector<ParameterGroup>& groups;
  data::ViewPipeline& views;
  Journal& journal;
  const std::atomic<bool>& stop;          ///< Set by SIGTERM: the loop ends before its next step.
  BeforeEpoch::Features features = {};    ///< For methods that are a BeforeEpoch.
  FeatureWatch* watch = nullptr;          ///< Looks at the features meanwhile, where there is one.
  std::function<void()> check_data = {};  ///< Before each epoch; throws when the data changed.
};

/// Brings a batch to where its step runs, in the machine's memory format.
void to_device(Batch& batch, const Machine& machine);

/// Throws Error(kInput) when `images` images are less than one step's, or one alone is left over.
void check_batch(const nlohmann::json& train_config, int64_t images);

/// Steps of one epoch over `images` images: each of `accumulate` batches. With drop_last what does
/// not fill a step is left out, else the last step has fewer batches.
int64_t steps_per_epoch(const nlohmann::json& train_config, int64_t images);

/// Trains for the configured epochs. A step's gradient is that of the mean loss over the images of
/// its batches. A loss that is not finite ends it as diverged. Exceptions of the method pass
/// through.
LoopResult train(const LoopParts& parts, const Machine& machine, const nlohmann::json& train_config,
                 uint64_t seed);

}  // namespace sslx::train
