// Semi-supervised evaluation (SimCLR v2, arXiv:2006.10029): the stages of a trial after its
// pretraining. For each share of the labels the network is fine-tuned, and the fine-tuned network
// taught to a student. The test set is read at the end of each, and nothing is chosen on it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "host/data/split.h"
#include "host/evaluate/probe.h"
#include "host/train/loop.h"
#include "host/trial/components.h"
#include "host/trial/stages.h"

namespace sslx::train {

/// What the stages work on; everything outlives them.
struct SemiSupervisedParts {
  const TrialRequest& request;
  const Machine& machine;
  const std::shared_ptr<Method>& method;
  const Split& train;  ///< Also images without a label (-1), which a student sees.
  const Split& test;
  int64_t classes;
  Components& components;
  Journal& journal;
  Stages& stages;
  const std::atomic<bool>& stop;
  const std::function<void(evaluate::ProbeResult)>& record;
  const std::function<void()>& check_data;  ///< Before each epoch; throws when the data changed.
};

/// All stages that evaluate.finetune and evaluate.distil ask for; none without them. The method
/// comes back as it was. What ends a stage early is said with the stage's name. Exceptions of the
/// method pass through.
LoopResult semi_supervised(const SemiSupervisedParts& parts);

}  // namespace sslx::train
