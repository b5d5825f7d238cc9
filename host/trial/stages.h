// The stages of one trial (pretraining, fine-tuning on each share of the labels, distillation):
// what each leaves behind, and how a trial that was stopped goes on after its last finished one, or
// from a checkpoint of the one that it was in. A stage leaves its weights in the run's folder, and
// a "stage" line in the journal once they are there; its checkpoints go then.
//
// A later run of the same trial takes finished stages over: with the weights, whose digest must be
// the recorded one, it takes the metrics that they were trained by. Each stage begins from its
// predecessor's weights and draws of its own, so the figures are those of a trial that was never
// stopped, bit for bit. Only a run on a machine of the same kind, with as many threads, is taken
// up. It may also be a run of another trial that trained the same weights and evaluated them
// otherwise: then the stages up to the first that differs are taken over.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/record/journal.h"
#include "host/train/checkpoints.h"
#include "host/trial/trial_request.h"
#include "host/weights/safetensors.h"

namespace sslx::train {

/// A stage that a run has finished.
struct Stage {
  std::string name;
  std::string file;    ///< Within the run's folder.
  std::string sha256;  ///< state_digest() of the weights.
  nlohmann::json facts;
  std::vector<nlohmann::json> events;  ///< The journal's lines that its training wrote.
};

/// What a run's journal says of its training.
struct JournalStages {
  std::vector<Stage> finished;         ///< In order.
  std::vector<nlohmann::json> events;  ///< What the stage after them wrote.
  int64_t lines = 0;                   ///< Whole ones; a torn line ends it.
};

JournalStages read_stages(const std::filesystem::path& journal);

class Stages {
 public:
  /// `started` is what this run says of its machine. An earlier run that does not fit is passed
  /// over, with a warning in the journal.
  Stages(const TrialRequest& request, Journal& journal, const nlohmann::json& started);

  /// The next stage's facts when the earlier run has finished it: the module has its weights then,
  /// and the journal its lines.
  std::optional<nlohmann::json> restore(const std::string& name, torch::nn::Module& module);

  /// Those of a stage that is to be trained, from where the earlier run was in it. Must be gone
  /// when the stage is finished.
  std::unique_ptr<Checkpoints> checkpoints(const std::string& name);

  /// Ends a stage: its weights are kept in `file`, then the journal says so. Returns their digest.
  std::string finish(const std::string& name, const std::string& file,
                     const torch::nn::Module& module, nlohmann::json facts);

  /// What the stages, and parts of one, that were taken over had cost.
  double earlier_seconds() const { return earlier_seconds_; }

 private:
  void give_up(const std::string& reason);
  void warn(const std::string& message);
  std::optional<EarlierCheckpoint> earlier_checkpoint(const std::string& stage);
  void take_over(const std::vector<nlohmann::json>& events);
  std::vector<std::filesystem::path> checkpoints_of(const std::string& stage) const;

  const TrialRequest& request_;
  Journal& journal_;
  std::deque<Stage> earlier_;     ///< Not taken over yet.
  JournalStages journal_before_;  ///< The earlier run's, but for its finished stages.
  bool same_trial_ = false;       ///< The earlier run is of this very trial.
  nlohmann::json evaluate_before_;
  bool taken_up_ = false;  ///< The earlier run, and nothing of it was found wrong.
  double earlier_seconds_ = 0;
  double stage_seconds_ = 0;  ///< What the stage had cost up to its checkpoint.

  using Clock = std::chrono::steady_clock;
  Clock::time_point begun_ = Clock::now();  ///< The stage that comes next.
};

/// The seed of a stage's draws, independent of what ran before it.
uint64_t stage_seed(uint64_t seed, const std::string& stage);

}  // namespace sslx::train
