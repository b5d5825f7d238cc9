#include "host/weights/encoder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>

namespace sslx::train {
namespace {

/// Lets gradients reach every parameter for as long as it lives, frozen ones included.
class Thawed {
 public:
  explicit Thawed(Method& method) {
    for (const torch::Tensor& parameter : method.parameters()) {
      parameters.push_back(parameter);
      required_.push_back(parameter.requires_grad());
      parameters.back().requires_grad_(true);
    }
  }
  Thawed(const Thawed&) = delete;
  Thawed& operator=(const Thawed&) = delete;
  ~Thawed() {
    for (size_t i = 0; i < parameters.size(); ++i) parameters[i].requires_grad_(required_[i]);
  }

  std::vector<torch::Tensor> parameters;

 private:
  std::vector<bool> required_;
};

/// Whether the output depends on each of the parameters, in their order.
std::vector<bool> reads(Method& method, const torch::Tensor& images, const Thawed& thawed) {
  const torch::AutoGradMode gradients(true);
  const bool was_training = method.is_training();
  method.eval();
  const torch::Tensor out = method.embed(images);
  method.train(was_training);
  if (!out.requires_grad()) return std::vector<bool>(thawed.parameters.size(), false);
  const auto gradient =
      torch::autograd::grad({out.sum()}, thawed.parameters, {}, /*retain_graph=*/false,
                            /*create_graph=*/false, /*allow_unused=*/true);
  std::vector<bool> read;
  for (const torch::Tensor& one : gradient) read.push_back(one.defined());
  return read;
}

}  // namespace

std::shared_ptr<Backbone> backbone_at(const Method& method, const std::string& prefix) {
  const std::vector<std::string> known = backbone_prefixes(method);
  if (std::ranges::count(known, prefix) > 0) {
    const auto modules = method.named_modules();
    return std::dynamic_pointer_cast<Backbone>(modules[prefix.substr(0, prefix.size() - 1)]);
  }
  throw input_error(fmt::format("it has no encoder '{}'; --prefix must be one of '{}'", prefix,
                                fmt::join(known, "', '")));
}

std::vector<std::string> backbone_prefixes(const Method& method) {
  std::vector<std::string> out;
  for (const auto& item : method.named_modules("", /*include_self=*/false)) {
    const std::string prefix = item.key() + '.';
    const auto within = [&](const std::string& other) { return prefix.starts_with(other); };
    const bool backbone = std::dynamic_pointer_cast<Backbone>(item.value()) != nullptr;
    if (backbone && std::ranges::none_of(out, within)) out.push_back(prefix);
  }
  return out;
}

std::string encoder_prefix(Method& method, const torch::Tensor& images) {
  const std::vector<std::string> prefixes = backbone_prefixes(method);
  if (prefixes.size() == 1) return prefixes[0];
  if (prefixes.empty()) {
    throw input_error(
        "it registers no backbone; --prefix must say which of its weights are to be exported");
  }
  const Thawed thawed(method);
  const std::vector<bool> read = reads(method, images, thawed);
  std::vector<std::string> found;
  size_t at = 0;
  for (const auto& item : method.named_parameters()) {
    const bool used = read.at(at++);
    for (const std::string& prefix : prefixes) {
      if (used && item.key().starts_with(prefix) && std::ranges::count(found, prefix) == 0) {
        found.push_back(prefix);
      }
    }
  }
  if (found.size() == 1) return found[0];
  throw input_error(fmt::format(
      "its features come from {} of its backbones ('{}'), not from one; --prefix must "
      "say which is to be exported",
      found.empty() ? "none" : "several", fmt::join(found.empty() ? prefixes : found, "', '")));
}

}  // namespace sslx::train
