// The gradient of a loss against its finite differences, along random directions in the space of
// the weights.
#pragma once

#include <sslx/torch_base.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sslx::check {

using Named = std::vector<std::pair<std::string, torch::Tensor>>;

/// The value after `move` has moved the weights; everything else, what is random included, is as it
/// was before the run before.
using Evaluate = std::function<torch::Tensor(const std::function<void()>& move)>;

struct Agreement {
  double error = 0;                     ///< The largest, relative to the derivative.
  double bound = 0;                     ///< What it may be in the value's precision.
  std::vector<std::string> wrong = {};  ///< The weights along which it is larger.
  bool comparable = true;  ///< False when a run of the loss took another way than the run before.

  bool holds() const { return error <= bound; }
};

/// What is without a gradient is held constant (constants.h).
Agreement gradient_agreement(const Named& weights, const Evaluate& evaluate);

}  // namespace sslx::check
