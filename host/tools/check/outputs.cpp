#include "host/tools/check/outputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace sslx::check {
namespace {

using torch::Tensor;

std::string shape_of(const Tensor& tensor) {
  return tensor.defined() ? fmt::format("[{}]", fmt::join(tensor.sizes(), ", ")) : "undefined";
}

bool is_declared(const std::string& name, const std::vector<std::string>& declared) {
  return std::ranges::any_of(declared, [&](const std::string& pattern) {
    if (!pattern.ends_with('*')) return name == pattern;
    return name.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  });
}

std::string wrong_diagnostic(const std::string& name, const Tensor& value,
                             const std::optional<std::vector<std::string>>& declared) {
  if (!value.defined() || value.numel() != 1) {
    return fmt::format("the diagnostic '{}' has shape {}; it must be a scalar", name,
                       shape_of(value));
  }
  if (value.requires_grad()) {
    return fmt::format(
        "the diagnostic '{}' has a gradient, and holds the graph of its step; it "
        "must be detached",
        name);
  }
  if (declared && !is_declared(name, *declared)) {
    return fmt::format("SSLX_DIAGNOSTICS does not name '{}', which loss() returns", name);
  }
  return "";
}

}  // namespace

bool is_same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.sizes() != b.sizes()) return false;
  return a.equal(b) || (a.is_floating_point() && a.allclose(b, 0, 0, /*equal_nan=*/true));
}

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::string wrong_loss(const Loss& loss, const std::optional<std::vector<std::string>>& declared,
                       bool training) {
  const std::string mode = training ? "" : " in evaluation mode";
  const Tensor& value = loss.value;
  if (!value.defined() || value.dim() != 0) {
    return fmt::format(
        "the loss has shape {}{}; it must be a scalar, as mean() of its images' gives",
        shape_of(value), mode);
  }
  if (!value.isfinite().item<bool>()) {
    return fmt::format("the loss is {} at its first step{}", value.item<double>(), mode);
  }
  if (training && !value.requires_grad()) {
    return "the loss has no gradient: all that it is computed from is detached or without gradient";
  }
  if (loss.chance && !std::isfinite(*loss.chance)) {
    return fmt::format("Loss::chance is {}{}", *loss.chance, mode);
  }
  for (const auto& [name, diagnostic] : loss.diagnostics) {
    const std::string wrong = wrong_diagnostic(name, diagnostic, declared);
    if (!wrong.empty()) return wrong + mode;
  }
  return "";
}

std::string wrong_rows(const Tensor& rows, int64_t count, int64_t width, const std::string& what) {
  const bool shaped = rows.defined() && rows.dim() == 2 && rows.size(0) == count &&
                      (width == 0 || rows.size(1) == width);
  if (!shaped) {
    return fmt::format("{} of {} images has shape {}; it must be [{}, {}]", what, count,
                       shape_of(rows), count, width > 0 ? std::to_string(width) : "D");
  }
  if (!rows.is_floating_point()) {
    return fmt::format("{} is of type {}; it must be of real numbers", what, rows.dtype().name());
  }
  return rows.isfinite().all().item<bool>() ? "" : what + " has numbers that are none (nan or inf)";
}

std::string depends_on_batch(const Tensor& alone, const Tensor& among, const std::string& what) {
  if (alone.allclose(among, 1e-3, 1e-4)) return "";
  return fmt::format(
      "{} of an image depends in evaluation mode on the other images of the batch, or "
      "on chance: it differs by {:.2g}",
      what, (alone - among).abs().max().item<double>());
}

std::string wrong_features(Method& method, const Tensor& images) {
  const int64_t count = images.size(0);
  const torch::NoGradGuard guard;
  method.eval();
  const Tensor all = method.embed(images);
  std::string wrong = wrong_rows(all, count, 0, "embed()");
  const Tensor one = wrong.empty() ? method.embed(images.narrow(0, 0, 1)) : Tensor();
  if (wrong.empty()) wrong = wrong_rows(one, 1, all.size(1), "embed()");
  if (!wrong.empty()) return wrong + ", in evaluation mode";
  return depends_on_batch(one, all.narrow(0, 0, 1), "embed()");
}

std::string wrong_training_features(Method& method, const Tensor& images) {
  method.train();
  const int64_t count = images.size(0);
  const Tensor all = method.embed(images);
  std::string wrong = wrong_rows(all, count, 0, "embed()");
  if (wrong.empty()) {
    wrong = wrong_rows(method.transfer_features(images), count, 0, "transfer_features()");
  }
  return wrong.empty() ? "" : wrong + ", in training mode";
}

Outcome said(const Agreement& found) {
  if (!found.comparable) {
    return does_not_apply("the loss takes another way for slightly other weights");
  }
  if (found.holds()) return passed(fmt::format("{:.0e} apart", found.error));
  std::string names;
  for (size_t i = 0; i < std::min<size_t>(found.wrong.size(), 3); ++i) {
    names += (i == 0 ? ", most of all along " : ", ") + found.wrong[i];
  }
  if (found.wrong.size() > 3) names += fmt::format(" and {} more", found.wrong.size() - 3);
  return wrong(
      fmt::format("the gradient differs from finite differences of the loss by {:.2g} of "
                  "its size{}; a function with a backward() of its own is wrong there",
                  found.error, names));
}

Outcome compare_features(const Tensor& full, const Tensor& half) {
  const double apart = ((half - full).norm() / full.norm().clamp_min(1e-12)).item<double>();
  if (std::isfinite(apart) && apart < 0.2) return passed(fmt::format("{:.1g} apart", apart));
  return wrong(fmt::format(
      "features in float32 and under autocast to bf16 are {:.2g} of their size apart; what has "
      "small "
      "differences or large sums wants sslx::wide() or sslx::FullPrecision (<sslx/precision.h>)",
      apart));
}

Outcome compare_precisions(double full, double half, const Tensor& full_gradient,
                           const Tensor& half_gradient) {
  const double apart = std::abs(half - full) / std::max(std::abs(full), 1.0);
  if (!std::isfinite(half) || apart > 0.05) {
    return wrong(fmt::format(
        "the loss is {:.6g} in float32 and {:.6g} under autocast to bf16; what has small "
        "differences "
        "or a low temperature wants sslx::wide() or sslx::FullPrecision (<sslx/precision.h>)",
        full, half));
  }
  const double cosine = (full_gradient * half_gradient).sum().item<double>() /
                        (full_gradient.norm() * half_gradient.norm()).item<double>();
  if (!(cosine > 0.7)) {
    return wrong(fmt::format(
        "the gradients in float32 and under autocast to bf16 have a cosine of {:.3g}; losses want "
        "sslx::wide() or sslx::FullPrecision (<sslx/precision.h>)",
        cosine));
  }
  return passed(fmt::format("{:.1g} apart, the gradients' cosine is {:.3f}", apart, cosine));
}

}  // namespace sslx::check
