// What a loss takes for constant: targets behind detach(), what was computed without gradient,
// codes of Sinkhorn. The gradient leaves them out, but a finite difference of the loss would not:
// they depend on the weights. So they are recorded in one run of the loss and put into the others.
#pragma once

#include <sslx/torch_base.h>

#include <vector>

#include "host/tools/check/listener.h"

namespace sslx::check {

/// Every tensor that an operation reads where gradients are on and that has none itself, in order.
class Constants : public Listener {
 public:
  enum class Run { kRecord, kReplay };

  /// Before each run of the loss.
  void begin(Run run);

  /// True when a run read something else than the recorded one, so that nothing can be said.
  bool lost() const { return lost_; }

  /// True when what has a gradient was computed in less than float64 somewhere on its way.
  bool narrow() const { return narrow_; }

  void before(const at::RecordFunction& operation) override;

 private:
  void meet(const torch::Tensor& tensor);

  Run run_ = Run::kRecord;
  std::vector<torch::Tensor> recorded_;
  size_t next_ = 0;
  bool lost_ = false;
  bool narrow_ = false;
};

}  // namespace sslx::check
