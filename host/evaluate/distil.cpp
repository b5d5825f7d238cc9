#include "host/evaluate/distil.h"

namespace sslx::evaluate {

using torch::Tensor;

Student::Student(std::shared_ptr<Backbone> backbone, int64_t classes)
    : backbone_(register_module("backbone", std::move(backbone))),
      classifier_(
          register_module("classifier", torch::nn::Linear(backbone_->feature_dim(), classes))) {}

Tensor Student::logits(const Tensor& images) {
  return classifier_->forward(backbone_->forward(images).to(torch::kFloat32)).to(torch::kFloat32);
}

Tensor distillation_loss(const Tensor& student, const Tensor& teacher, double temperature) {
  const Tensor wanted = (teacher.detach() / temperature).softmax(1);
  return -(wanted * (student / temperature).log_softmax(1)).sum(1).mean();
}

Tensor distil_loss(Classifying& student, Classifying& teacher, const Batch& batch,
                   const DistilOptions& options) {
  Tensor answers;
  {
    const torch::NoGradGuard guard;
    teacher.eval();
    answers = teacher.logits(batch.views[0]);
  }
  const Tensor own = student.logits(batch.views[0]);
  Tensor loss = options.alpha * distillation_loss(own, answers, options.temperature);
  if (options.alpha == 1) return loss;
  const Tensor labelled = torch::cross_entropy_loss(own, batch.labels, /*weight=*/{},
                                                    at::Reduction::Sum, /*ignore_index=*/-1);
  return loss + (1 - options.alpha) * labelled / static_cast<double>(own.size(0));
}

}  // namespace sslx::evaluate
