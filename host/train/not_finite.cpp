#include "host/train/not_finite.h"

#include <fmt/format.h>

#include <cmath>

#include "host/train/numbers.h"

namespace sslx::train {
namespace {

bool is_finite(const torch::Tensor& tensor) {
  if (!tensor.defined() || !tensor.is_floating_point()) return true;
  return tensor.detach().isfinite().all().item<bool>();
}

/// Finite only where its terms are, and one pass.
torch::Tensor sum_of(const torch::Tensor& tensor) { return tensor.detach().sum(torch::kFloat64); }

std::string view_not_finite(const Batch& batch) {
  for (size_t i = 0; i < batch.views.size(); ++i) {
    if (!is_finite(batch.views[i])) return fmt::format("view {} of its images", i + 1);
  }
  return "";
}

std::string diagnostic_not_finite(const Loss& loss) {
  for (const auto& [name, value] : loss.diagnostics) {
    if (!is_finite(value)) {
      return fmt::format("its diagnostic '{}' is {}", name, figure_text(value.item<double>()));
    }
  }
  return "";
}

}  // namespace

std::string figure_text(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);
}

std::string parameter_not_finite(const torch::nn::Module& network) {
  const torch::NoGradGuard guard;
  const auto parameters = network.named_parameters();
  std::vector<torch::Tensor> sums;
  for (const auto& item : parameters) sums.push_back(sum_of(item.value()));
  const std::vector<double> values = numbers(sums);
  std::string first;
  size_t bad = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    // Its own overflow is looked into.
    if (std::isfinite(values[i]) || is_finite(parameters[i].value())) continue;
    if (bad++ == 0) first = parameters[i].key();
  }
  return bad == 0 ? ""
                  : fmt::format("the parameter '{}' ({} of {})", first, bad, parameters.size());
}

std::string diverged_by(double value, const torch::nn::Module& network, const Batch& batch,
                        const Loss& loss, int64_t step) {
  const torch::NoGradGuard guard;
  const std::string head = fmt::format("the loss is {} at step {}", figure_text(value), step);
  if (const std::string parameter = parameter_not_finite(network); !parameter.empty()) {
    return step == 0 ? fmt::format("{}; {} was not finite from the beginning", head, parameter)
                     : fmt::format("{}; first, {} was not finite after the update of step {}", head,
                                   parameter, step - 1);
  }
  if (const std::string view = view_not_finite(batch); !view.empty()) {
    return fmt::format("{}; first, {} had values that are not finite", head, view);
  }
  if (const std::string diagnostic = diagnostic_not_finite(loss); !diagnostic.empty()) {
    return fmt::format("{}; {}, too, and all parameters and views are finite", head, diagnostic);
  }
  return fmt::format(
      "{}; it is the first figure to leave its range: all parameters, views and diagnostics are "
      "finite",
      head);
}

}  // namespace sslx::train
