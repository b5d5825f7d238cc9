// Pretraining as a lesson of the training loop: a method learns by its own loss. Recorded are the
// figures that it reports, the gradients' norms, where the time goes, and looks at its features; by
// those of the last epoch a collapse is seen.
#pragma once

#include <sslx/before_epoch.h>
#include <sslx/method.h>

#include <chrono>
#include <string>

#include "host/record/journal.h"
#include "host/train/feature_watch.h"
#include "host/train/gradient_norms.h"
#include "host/train/last_epoch.h"
#include "host/train/loop.h"
#include "host/train/online_probe.h"

namespace sslx::train {

/// What is pretrained; everything outlives the training.
struct PretrainingParts {
  Method& method;
  const std::vector<ParameterGroup>& groups;
  Journal& journal;
  BeforeEpoch::Features features = {};  ///< For methods that are a BeforeEpoch.
  FeatureWatch* watch = nullptr;        ///< Looks at the features meanwhile, where there is one.
  torch::Generator generator = {};      ///< That the method was given, where it was.
  std::vector<std::string> may_lack_gradient = {};  ///< Parameters, as the plugin says.
  OnlineProbe* online = nullptr;                    ///< Learns beside it, where there is one.
  std::string who = "the method";                   ///< In warnings and errors: "method 'simclr'".
};

class Pretraining : public Lesson {
 public:
  /// Of so many images by the plan.
  Pretraining(const PretrainingParts& parts, const Machine& machine, const LoopPlan& plan,
              int64_t images);

  std::string who() const override { return parts_.who; }
  torch::nn::Module& network() override { return parts_.method; }
  std::vector<ParameterGroup> groups() const override { return parts_.groups; }
  Loss loss(const Batch& batch) override;

  void before_epoch(int64_t epoch) override;
  std::vector<int64_t> images_of_epoch(int64_t epoch) override;
  void before_update(const Step& step, const Loss& mean, int64_t images) override;
  void after_step(const Step& step) override { parts_.method.after_step(step); }

  /// For a look: at the last step of each of as many equal parts of the training as there are.
  bool asks_for(int64_t step) const override;
  std::map<std::string, torch::Tensor> figures() override { return gradients_.ends(); }
  void record(const Recorded& step) override;
  void after_epoch(const Step& last) override;
  void trace(int64_t first, const torch::Tensor& losses) override;
  void save(Snapshot& out) const override;
  void load(const Snapshot& in) override;

  /// Why it counts as collapsed, or empty; known when it completed.
  std::string collapse() const;

 private:
  using Clock = std::chrono::steady_clock;

  Loss first_loss(const Batch& batch);
  void teach_online(const Batch& batch, Loss& loss);
  void tell(const std::string& finding) const;
  bool is_last_epoch(const Step& step) const { return step.epoch + 1 == epochs_; }
  void look(const Step& step, std::map<std::string, double>& values);
  double seconds() const;

  const PretrainingParts& parts_;
  const Machine& machine_;
  int64_t epochs_;
  int64_t images_;
  int64_t total_;        ///< Steps.
  bool looked_ = false;  ///< At its first loss.
  GradientNorms gradients_;
  LastEpoch last_epoch_;
  int64_t looks_ = 0;  ///< At the features, in the whole training.
  double look_seconds_ = 0;
  double seconds_before_ = 0;  ///< The checkpoint that it goes on from.
  Clock::time_point started_ = Clock::now();
};

/// The images that an epoch is dealt, as the method chooses them, or none when it does not: all in
/// their order. Throws Error(kRun) unless they are as many places as there are `images`.
std::vector<int64_t> chosen_images(Method& method, int64_t epoch, int64_t images);

/// Trains a method as its trial's [train] table says; the result tells of a collapse.
LoopResult pretrain(const PretrainingParts& parts, const LoopParts& loop,
                    const nlohmann::json& train_config, uint64_t seed);

}  // namespace sslx::train
