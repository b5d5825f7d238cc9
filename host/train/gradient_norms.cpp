#include "host/train/gradient_norms.h"

#include <algorithm>
#include <cctype>

#include "host/train/numbers.h"
#include "host/weights/encoder.h"

namespace sslx::train {
namespace {

bool is_number(const std::string& part) {
  return !part.empty() &&
         std::ranges::all_of(part, [](unsigned char c) { return isdigit(c) != 0; });
}

/// Up to its first number: "blocks.3.attn.qkv.weight" is of layer "blocks.3"; "conv1.weight", which
/// has none, of "conv1".
std::string layer_of(const std::string& weight) {
  size_t begin = 0;
  while (true) {
    const size_t dot = weight.find('.', begin);
    if (dot == std::string::npos) return weight.substr(0, begin - 1);
    if (is_number(weight.substr(begin, dot - begin))) return weight.substr(0, dot);
    begin = dot + 1;
  }
}

/// The prefix of the first backbone with a weight that is trained, or "".
std::string trained_backbone(const Method& method) {
  const auto parameters = method.named_parameters();
  for (const std::string& prefix : backbone_prefixes(method)) {
    for (const auto& item : parameters) {
      if (item.key().starts_with(prefix) && item->requires_grad()) return prefix;
    }
  }
  return "";
}

/// The norms of what was seen, which begins anew.
std::map<std::string, torch::Tensor> taken(const std::vector<std::string>& names,
                                           torch::Tensor& squares) {
  std::map<std::string, torch::Tensor> out;
  const torch::Tensor norms = squares.sqrt();
  for (size_t i = 0; i < names.size(); ++i) out[names[i]] = norms[static_cast<int64_t>(i)];
  squares.zero_();
  return out;
}

}  // namespace

GradientNorms::GradientNorms(Method& method) {
  const std::string prefix = trained_backbone(method);
  std::vector<int64_t> layers;
  for (const auto& item : method.named_parameters()) {
    const bool weight = item->dim() >= 2 && item.key().ends_with(".weight");
    if (prefix.empty() || !item.key().starts_with(prefix) || !weight || !item->requires_grad()) {
      continue;
    }
    const std::string name = "gradient_norm." + layer_of(item.key().substr(prefix.size()));
    if (names_.empty() || names_.back() != name) names_.push_back(name);
    layers.push_back(static_cast<int64_t>(names_.size()) - 1);
    weights_.push_back(item.value());
  }
  if (weights_.empty()) return;
  const auto options = torch::dtype(torch::kFloat32).device(weights_[0].device());
  layer_of_ = torch::tensor(layers).to(weights_[0].device());
  at_ends_ = torch::zeros({2}, options);
  at_all_ = torch::zeros({static_cast<int64_t>(names_.size())}, options);
}

void GradientNorms::see() {
  if (weights_.empty()) return;
  const torch::NoGradGuard guard;
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& weight : weights_) {
    gradients.push_back(weight.grad().defined() ? weight.grad()
                                                : torch::zeros({1}, at_all_.options()));
  }
  const torch::Tensor squares =
      torch::stack(at::_foreach_norm(gradients)).to(torch::kFloat32).square();
  const torch::Tensor now = torch::zeros_like(at_all_).index_add_(0, layer_of_, squares);
  at_all_ = torch::maximum(at_all_, now);
  at_ends_ = torch::maximum(at_ends_, torch::stack({now[0], now[-1]}));
}

std::map<std::string, torch::Tensor> GradientNorms::ends() {
  if (weights_.empty()) return {};
  return taken({"gradient_norm_first", "gradient_norm_last"}, at_ends_);
}

State GradientNorms::state() const {
  if (weights_.empty()) return {};
  return {{"ends", copied(at_ends_)}, {"all", copied(at_all_)}};
}

void GradientNorms::load(const State& state) {
  if (weights_.empty()) return;
  at_ends_.copy_(state.at("ends"));
  at_all_.copy_(state.at("all"));
}

std::map<std::string, double> GradientNorms::layers() {
  if (weights_.empty()) return {};
  return numbers(taken(names_, at_all_));
}

}  // namespace sslx::train
