// Distillation (SimCLR v2, arXiv:2006.10029, section 2, eq. 2 and 3): the fine-tuned network,
// frozen, is the teacher of a network of the same or a smaller size, on all images, without their
// labels.
#pragma once

#include <sslx/backbone.h>

#include "host/evaluate/finetune.h"

namespace sslx::evaluate {

/// A backbone and a linear classifier, as they initialise themselves.
class Student : public Classifying {
 public:
  Student(std::shared_ptr<Backbone> backbone, int64_t classes);
  torch::Tensor logits(const torch::Tensor& images) override;

 private:
  std::shared_ptr<Backbone> backbone_;
  torch::nn::Linear classifier_;
};

/// Eq. 2: the mean over the images of -sum_y P_T(y) log P_S(y), both softmax(logits / temperature).
/// Equal logits give the teacher's entropy. No gradient reaches the teacher's logits.
torch::Tensor distillation_loss(const torch::Tensor& student, const torch::Tensor& teacher,
                                double temperature);

struct DistilOptions {
  double temperature = 1;
  double alpha = 1;  ///< Weight of the teacher's word; 1: no label is read.
};

/// Eq. 3, the mean over the batch's images of (1 - alpha) times the cross-entropy of those that
/// have a label (-1 is none) and alpha times eq. 2. The teacher answers in evaluation mode.
torch::Tensor distil_loss(Classifying& student, Classifying& teacher, const Batch& batch,
                          const DistilOptions& options);

/// Distillation as a lesson of the training loop.
class Distillation : public StageLesson {
 public:
  Distillation(std::string name, Student& student, train::Journal& journal, Classifying& teacher,
               const DistilOptions& options)
      : StageLesson(std::move(name), student, journal),
        student_(student),
        teacher_(teacher),
        options_(options) {}
  Loss loss(const Batch& batch) override {
    return {distil_loss(student_, teacher_, batch, options_), {}};
  }

 private:
  Student& student_;
  Classifying& teacher_;
  DistilOptions options_;
};

}  // namespace sslx::evaluate
