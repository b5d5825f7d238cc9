// Fine-tuning on a part of the labels (SimCLR v2, arXiv:2006.10029, section 3): all weights of the
// encoder learn, from the features that the method names (the middle of SimCLR v2's head), under a
// linear classifier that begins at zero.
#pragma once

#include <sslx/method.h>

#include "host/evaluate/features.h"
#include "host/evaluate/probe.h"
#include "host/record/journal.h"
#include "host/train/loop.h"

namespace sslx::evaluate {

/// Scores of the classes for each image.
class Classifying : public torch::nn::Module {
 public:
  virtual torch::Tensor logits(const torch::Tensor& images) = 0;
};

/// The method's network and the classifier on its transfer_features(). Whoever trains it lends the
/// method out for that (host/evaluate/borrowed.h).
class FineTuned : public Classifying {
 public:
  /// `images` are some of the input, from which the features' width is learnt.
  FineTuned(std::shared_ptr<Method> method, int64_t classes, const torch::Tensor& images);

  /// [N, classes], float32. All zero before the first step.
  torch::Tensor logits(const torch::Tensor& images) override;

  /// Cross-entropy, ln(classes) before the first step. Throws Error(kRun) when the method's
  /// features carry no gradient.
  torch::Tensor loss(const Batch& batch);

 private:
  std::shared_ptr<Method> method_;
  torch::nn::Linear classifier_{nullptr};
};

/// A stage after the pretraining as a lesson of the training loop: all weights of a network learn
/// from one view of each image. Recorded is the loss.
class StageLesson : public train::Lesson {
 public:
  /// "NAME_loss" is what the loss is called in the journal.
  StageLesson(std::string name, Classifying& network, train::Journal& journal)
      : name_(std::move(name)), network_(network), journal_(journal) {}

  std::string who() const override { return name_; }
  torch::nn::Module& network() override { return network_; }
  std::vector<ParameterGroup> groups() const override { return {{network_.parameters()}}; }
  void record(const train::Recorded& step) override;
  void trace(int64_t first, const torch::Tensor& losses) override;

 private:
  std::string name_;
  Classifying& network_;
  train::Journal& journal_;
};

class FineTuning : public StageLesson {
 public:
  FineTuning(std::string name, FineTuned& network, train::Journal& journal)
      : StageLesson(std::move(name), network, journal), tuned_(network) {}
  Loss loss(const Batch& batch) override { return {tuned_.loss(batch), {}}; }

 private:
  FineTuned& tuned_;
};

/// A stage's batches are whole, or all images where there are fewer.
int64_t stage_batch(const nlohmann::json& config, int64_t images);

/// Of a stage's table, for so many epochs of so many images.
train::LoopPlan stage_plan(const nlohmann::json& config, int64_t epochs, int64_t images,
                           uint64_t seed);

/// The best class of each image [N] int64, in evaluation mode.
torch::Tensor classify(Classifying& network, const data::Images& images, const Prepare& prepare,
                       torch::Device device, int64_t batch_size);

/// "1pct" for a share of 0.01.
std::string share_name(double share);

}  // namespace sslx::evaluate
