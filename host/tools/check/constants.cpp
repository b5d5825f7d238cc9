#include "host/tools/check/constants.h"

#include <c10/core/impl/LocalDispatchKeySet.h>

namespace sslx::check {
namespace {

/// Inside of an operation, below autograd, no tensor has a gradient, and in the forward pass of a
/// function with a gradient of its own they are off.
bool makes_a_graph() {
  return torch::GradMode::is_enabled() &&
         !c10::impl::tls_is_dispatch_key_excluded(c10::DispatchKey::AutogradFunctionality);
}

bool same_kind(const torch::Tensor& a, const torch::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes();
}

}  // namespace

void Constants::begin(Run run) {
  run_ = run;
  next_ = 0;
  if (run == Run::kRecord) recorded_.clear();
}

void Constants::before(const at::RecordFunction& operation) {
  if (!makes_a_graph()) return;
  const torch::NoGradGuard own_work;
  for (const torch::Tensor& tensor : tensors_in(operation.inputs())) {
    if (!tensor.requires_grad()) {
      meet(tensor);
    } else if (tensor.scalar_type() != torch::kFloat64) {
      narrow_ = true;
    }
  }
}

void Constants::meet(const torch::Tensor& tensor) {
  if (run_ == Run::kRecord) {
    recorded_.push_back(tensor.clone());
    return;
  }
  if (next_ >= recorded_.size() || !same_kind(tensor, recorded_[next_])) {
    lost_ = true;
    return;
  }
  const torch::Tensor& was = recorded_[next_++];
  // Its memory may be that of a tensor with a gradient (detach()), so it gets another.
  if (!tensor.equal(was)) torch::Tensor(tensor).set_data(was.clone());
}

}  // namespace sslx::check
