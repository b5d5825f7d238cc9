// The state of torch's optimisers and of Lars as tensors by name, "3.exp_avg" of the fourth
// parameter: what a checkpoint has of them. A parameter that has none yet (its first gradient is
// still to come) has none in it either. The rates are not in it: they follow from the step.
#pragma once

#include "host/weights/safetensors.h"

namespace sslx::train {

/// Copies.
State optimiser_state(const torch::optim::Optimizer& optimiser);

/// Puts them back, beside the parameters on their device. Throws Error(kInput) when they are not an
/// optimiser's of this kind over these parameters, and has changed nothing then.
void load_optimiser_state(torch::optim::Optimizer& optimiser, const State& state);

}  // namespace sslx::train
