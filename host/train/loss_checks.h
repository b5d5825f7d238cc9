// What a method's loss() must return, checked where it comes back: else torch would say it, a few
// lines later, in words that name neither the method nor the step.
#pragma once

#include <sslx/method.h>

#include <string>

namespace sslx::train {

/// Throws Error(kRun) "method 'x': its loss has shape [100] at step 0; it must be a scalar" for a
/// loss, or a diagnostic, that is no scalar, and for a loss that no gradient can come from.
void check_loss(const Loss& loss, const std::string& who, int64_t step);

/// Throws Error(kRun) "it gave features of shape [64, 8, 4, 4] for 64 images; ..." for what is not
/// [images, width].
void check_features(const torch::Tensor& features, int64_t images);

/// "[64, 3, 32, 32]"
std::string shape_text(const torch::Tensor& tensor);

}  // namespace sslx::train
