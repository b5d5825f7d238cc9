// DINO's loss as it is written down, for tests.
#pragma once

#include <vector>

#include "plugins/methods/dino_loss.h"

namespace sslx::test {

using torch::Tensor;

/// Eq. 3, pair by pair: every teacher's crop with every other crop of the student.
inline Tensor over_pairs(const std::vector<Tensor>& teacher, const std::vector<Tensor>& student,
                         const Tensor& centre, double tau_t, double tau_s) {
  std::vector<Tensor> terms;
  for (size_t i = 0; i < teacher.size(); ++i) {
    for (size_t v = 0; v < student.size(); ++v) {
      if (i == v) continue;
      terms.push_back(dino::cross_entropy(dino::teacher_distribution(teacher[i], centre, tau_t),
                                          dino::student_log_distribution(student[v], tau_s)));
    }
  }
  return torch::stack(terms).mean();
}

}  // namespace sslx::test
