// Which figure left its range first, when a training diverges: by the time that the loss is no
// number, it is mostly the last to show it.
#pragma once

#include <sslx/method.h>

#include <optional>
#include <string>
#include <vector>

namespace sslx::train {

/// "nan", "inf" or "-inf"; a NaN's sign says nothing.
std::string figure_text(double value);

/// The first of these parameters that is not finite, and how many of how many are not:
/// "the parameter 'head.weight' (1 of 8)". Empty when all are.
std::string parameter_not_finite(const torch::nn::Module& network);

/// A step's loss is `value`, which is not finite: why, in one sentence that begins "the loss is nan
/// at step 2". What the step began with comes first (parameters, and so the update before it; then
/// views), then what was computed in it (diagnostics).
std::string diverged_by(double value, const torch::nn::Module& network, const Batch& batch,
                        const Loss& loss, int64_t step);

}  // namespace sslx::train
