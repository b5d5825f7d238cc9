// The two distributions of DINO and what is measured of them, on logits alone: the teacher's,
// centred and sharpened, and the student's (eq. 1 and section 3.1). Caron et al. 2021,
// arXiv:2104.14294.
#pragma once

#include <sslx/group.h>
#include <sslx/losses.h>
#include <sslx/precision.h>
#include <sslx/torch_base.h>

#include <map>
#include <string>

namespace sslx::dino {

using torch::Tensor;

/// P_t of logits [B, K]: centred before they are sharpened by the temperature; no gradient.
inline Tensor teacher_distribution(const Tensor& logits, const Tensor& centre, double temperature) {
  return ((wide(logits.detach()) - centre) / temperature).softmax(1);
}

/// log P_s of logits [B, K].
inline Tensor student_log_distribution(const Tensor& logits, double temperature) {
  return (wide(logits) / temperature).log_softmax(1);
}

/// H(P_t, P_s) = -sum P_t log P_s, mean over the batch.
inline Tensor cross_entropy(const Tensor& teacher, const Tensor& student_log) {
  return -(teacher * student_log).sum(1).mean();
}

/// -sum P log P of the last dimension; 0 log 0 is 0.
inline Tensor entropy(const Tensor& p) { return -torch::special_xlogy(p, p).sum(-1); }

/// What of P_t [B, K] tells of a collapse (section 5.3): then it is the same for all images, and
/// its entropy ln K (without sharpening) or 0 (without centring). output_information is how much
/// the output tells of the image, h(mean P_t) - mean h(P_t), the mutual information of both in
/// nats: 0 in both collapses, also where the deviation still sees the last small differences.
inline std::map<std::string, Tensor> measures(const Tensor& p) {
  const Tensor teacher = entropy(p).mean();
  const Tensor usage = entropy(p.mean(0));
  return {{"teacher_entropy", teacher},
          {"usage_entropy", usage},
          {"output_information", usage - teacher},
          {"output_deviation", output_deviation(p)},
          {"output_rank", output_rank(p)}};
}

/// The mean of the teacher's outputs since the last step, which the centre moves towards (eq. 4):
/// of all batches of a step, so that they are compared with one centre, and of all processes.
class MeanOutput {
 public:
  void add(const Tensor& logits) {
    total_ = rows_ > 0 ? total_ + logits.sum(0) : logits.sum(0);
    rows_ += logits.size(0);
  }

  /// [K], and it begins anew; undefined when there was no output.
  Tensor take(Group& group) {
    if (rows_ == 0) return {};
    const Tensor mean = group.sum(total_ / rows_) / group.size();
    rows_ = 0;
    return mean;
  }

 private:
  Tensor total_;
  int64_t rows_ = 0;
};

}  // namespace sslx::dino
