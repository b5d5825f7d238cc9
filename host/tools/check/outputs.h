// What a plugin returns, looked at from outside: shapes, names, numbers that are some. Each
// function gives the sentence of what is wrong, or "".
#pragma once

#include <sslx/method.h>

#include <optional>
#include <string>
#include <vector>

#include "host/tools/check/directional.h"
#include "host/tools/check/lines.h"

namespace sslx::check {

/// `declared` are the names of SSLX_DIAGNOSTICS, where there are any.
std::string wrong_loss(const Loss& loss, const std::optional<std::vector<std::string>>& declared,
                       bool training);

/// The same shape, type and elements. No number is the same as no number: what diverges alike twice
/// is the same.
bool is_same(const torch::Tensor& a, const torch::Tensor& b);
bool is_same(double a, double b);

/// embed() in evaluation mode, of many images and of one.
std::string wrong_features(Method& method, const torch::Tensor& images);

/// embed() and what fine-tuning starts from, in training mode.
std::string wrong_training_features(Method& method, const torch::Tensor& images);

/// [rows, width] and finite; `what` begins the sentence. width 0: any.
std::string wrong_rows(const torch::Tensor& rows, int64_t count, int64_t width,
                       const std::string& what);

/// "features of an image depend on the others" or "", of two results for the same image.
std::string depends_on_batch(const torch::Tensor& alone, const torch::Tensor& among,
                             const std::string& what);

/// The line of a comparison with finite differences.
Outcome said(const Agreement& found);

/// Features in float32 and under autocast to bf16. (Gradients of a deep network are not compared:
/// they differ by half at its start without anything being wrong.)
Outcome compare_features(const torch::Tensor& full, const torch::Tensor& half);

/// Values and gradients in float32 and under autocast to bf16.
Outcome compare_precisions(double full, double half, const torch::Tensor& full_gradient,
                           const torch::Tensor& half_gradient);

}  // namespace sslx::check
