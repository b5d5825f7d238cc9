#include "host/train/loss_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

namespace sslx::train {
namespace {

/// `right` is what it must be.
[[noreturn]] void refuse(const std::string& who, const std::string& what, int64_t step,
                         const std::string& right) {
  throw Error(ErrorKind::kRun, fmt::format("{}: {} at step {}; {}", who, what, step, right));
}

void check_scalar(const torch::Tensor& value, const std::string& name, const std::string& who,
                  int64_t step) {
  if (!value.defined()) refuse(who, name + " is not set", step, "it must be a scalar");
  if (value.numel() == 1) return;
  refuse(who, fmt::format("{} has shape {}", name, shape_text(value)), step, "it must be a scalar");
}

}  // namespace

std::string shape_text(const torch::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

void check_loss(const Loss& loss, const std::string& who, int64_t step) {
  check_scalar(loss.value, "its loss", who, step);
  if (!loss.value.is_floating_point()) {
    refuse(who, fmt::format("its loss has the type {}", c10::toString(loss.value.scalar_type())),
           step, "it must be a floating-point number");
  }
  if (!loss.value.requires_grad()) {
    refuse(who, "its loss carries no gradient", step,
           "it must be computed from parameters, outside of torch::NoGradGuard and detach()");
  }
  for (const auto& [name, value] : loss.diagnostics) {
    check_scalar(value, fmt::format("its diagnostic '{}'", name), who, step);
    if (value.is_complex()) {
      refuse(who, fmt::format("its diagnostic '{}' is complex", name), step,
             "it must be a real number");
    }
  }
}

void check_features(const torch::Tensor& features, int64_t images) {
  const bool set = features.defined();
  if (set && features.dim() == 2 && features.size(0) == images && features.size(1) > 0 &&
      features.is_floating_point()) {
    return;
  }
  throw Error(ErrorKind::kRun,
              fmt::format("it gave {} for {} images; it must give floating-point features of shape "
                          "[{}, width]",
                          set ? fmt::format("{} of shape {}", c10::toString(features.scalar_type()),
                                            shape_text(features))
                              : "nothing",
                          images, images));
}

}  // namespace sslx::train
