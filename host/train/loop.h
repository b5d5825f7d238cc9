// The training loop, the only one: batches of views, the loss, its gradient, the update, and what
// is recorded meanwhile. What learns, from which loss, and what is worth recording is a Lesson's:
// pretraining (pretraining.h), fine-tuning and distillation (host/evaluate) are three of them.
#pragma once

#include <sslx/method.h>

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>

#include "host/data/view_pipeline.h"
#include "host/record/journal.h"
#include "host/train/checkpoints.h"
#include "host/train/device_batches.h"
#include "host/train/step_times.h"
#include "host/train/team.h"

namespace sslx::train {

enum class LoopEnd { kCompleted, kDiverged, kInterrupted };

struct LoopResult {
  LoopEnd end = LoopEnd::kCompleted;
  std::string message;           ///< Why, when it did not complete.
  double images_per_second = 0;  ///< Training images (not views) over the whole loop; 0 when none.
  std::string collapse = {};     ///< Why a completed pretraining counts as collapsed, or empty.
};

/// A step that is recorded.
struct Recorded {
  Step at;
  const Loss& loss;  ///< The mean over the images of the step.
  /// What was read of it: "loss", its diagnostics, and the lesson's figures().
  std::map<std::string, double> values;
  double rate;               ///< The learning rate.
  double images_per_second;  ///< So far.
  const StepTimes& times;    ///< Likewise.
};

/// What a use of the loop brings. Exceptions of any of it pass through the loop.
class Lesson {
 public:
  virtual ~Lesson() = default;

  /// Who it is in a sentence of what went wrong: "method 'x'".
  virtual std::string who() const { return "what is trained"; }
  /// What learns; the loop puts it into training mode.
  virtual torch::nn::Module& network() = 0;
  /// What of it the optimiser updates.
  virtual std::vector<ParameterGroup> groups() const = 0;
  /// Of one batch, inside autocast where that is on.
  virtual Loss loss(const Batch& batch) = 0;

  /// Before the first step of an epoch.
  virtual void before_epoch(int64_t /*epoch*/) {}
  /// Its images in order, as many as the views have, where they are not each once and shuffled;
  /// asked after before_epoch(), and by a training that goes on within the epoch. It follows from
  /// the network's state.
  virtual std::vector<int64_t> images_of_epoch(int64_t /*epoch*/) { return {}; }
  /// The gradient of a step's `images` images is there; `mean` is their loss.
  virtual void before_update(const Step& /*step*/, const Loss& /*mean*/, int64_t /*images*/) {}
  virtual void after_step(const Step& /*step*/) {}

  /// The first and the last step are recorded, every so many between (recorded_every()), and those
  /// asked for: never by the time, so that a training that was interrupted has the same.
  virtual bool asks_for(int64_t /*step*/) const { return false; }
  /// What of its own is to be read with the loss of a step that is recorded, asked for after
  /// before_update(): scalars, for all of which a GPU is waited once.
  virtual std::map<std::string, torch::Tensor> figures() { return {}; }
  /// After the update.
  virtual void record(const Recorded& step) = 0;
  /// After the last step of an epoch, and after that was recorded.
  virtual void after_epoch(const Step& /*last*/) {}
  /// The losses of steps one after the other, float32 on the CPU; `first` is counted from 1.
  virtual void trace(int64_t /*first*/, const torch::Tensor& /*losses*/) {}

  /// What it keeps between steps beside the network, into a checkpoint and out of one.
  virtual void save(Snapshot& /*out*/) const {}
  virtual void load(const Snapshot& /*in*/) {}
};

/// What the loop works with; everything outlives it.
struct LoopParts {
  const data::ViewPipeline& views;
  const Machine& machine;
  const std::atomic<bool>& stop;          ///< Set by SIGTERM: the loop ends before its next step.
  std::function<void()> check_data = {};  ///< Before each epoch; throws when the data changed.
  Checkpoints* checkpoints = nullptr;     ///< Where there are to be some.
  Team* team = nullptr;                   ///< Whom this process trains with; it may be alone.
};

/// Of a training of so many steps one in this many is recorded: 200 of them, more where those would
/// be far between.
int64_t recorded_every(int64_t total_steps);

/// How the images are cut into batches and steps, and what updates.
struct LoopPlan {
  nlohmann::json optimiser;  ///< The table that the optimiser and its schedule are made from.
  int64_t epochs = 0;
  int64_t batch_size = 0;
  int64_t accumulate = 1;  ///< Batches of a step.
  bool drop_last = true;   ///< What does not fill a step is left out, else the last one has less.
  uint64_t seed = 0;       ///< Of the batches' order.

  int64_t step_size() const { return batch_size * accumulate; }
  int64_t steps_per_epoch(int64_t images) const;
};

/// As the trial's [train] table says.
LoopPlan training_plan(const nlohmann::json& train_config, uint64_t seed);

/// Trains for the planned epochs. A step's gradient is that of the mean loss over the images of its
/// batches. What the lesson throws leaves with who it is, the stage and the step. A loss that is
/// not finite ends it as diverged, before the update, with the figure that was not finite first; on
/// a GPU it is looked for at the steps that are recorded. It goes on from the checkpoints' earlier
/// one, with the bits of a training that was never interrupted, and leaves one when it is told to
/// stop.
LoopResult train(Lesson& lesson, const LoopParts& parts, const LoopPlan& plan);

}  // namespace sslx::train
