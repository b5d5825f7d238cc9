#include "host/train/first_loss.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>

namespace sslx::train {
namespace {

using torch::Tensor;
using torch::autograd::AccumulateGrad;
using torch::autograd::Node;

using Impls = std::unordered_set<const c10::TensorImpl*>;

/// A leaf of the graph, and the operation that reads it.
struct Leaf {
  Tensor tensor;
  std::string operation;
};

/// "AddmmBackward0" to "addmm"; "" for what only hands its input on.
std::string operation_of(const std::string& node) {
  const size_t end = node.find("Backward");
  std::string name = node.substr(0, end);
  static const std::set<std::string, std::less<>> kHandsOn{
      "ToCopy", "T", "Transpose", "View", "Clone", "Expand", "Permute", "UnsafeView", "Reshape"};
  if (end == std::string::npos || kHandsOn.contains(name)) return "";
  name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
  return name;
}

class Walk {
 public:
  /// The leaves of the graph in the order in which they are met, each once.
  std::vector<Leaf> leaves(const Tensor& loss) {
    visit(loss.grad_fn().get(), "");
    while (!open_.empty()) {
      const auto [node, reader] = open_.back();
      open_.pop_back();
      const std::string own = operation_of(node->name());
      for (const auto& edge : node->next_edges()) {
        visit(edge.function.get(), own.empty() ? reader : own);
      }
    }
    return std::move(leaves_);
  }

 private:
  void visit(Node* node, const std::string& reader) {
    if (node == nullptr || !seen_.insert(node).second) return;
    if (const auto* leaf = dynamic_cast<AccumulateGrad*>(node)) {
      leaves_.push_back({leaf->variable, reader});
    } else {
      open_.emplace_back(node, reader);
    }
  }

  std::unordered_set<const Node*> seen_;
  std::vector<std::pair<Node*, std::string>> open_;
  std::vector<Leaf> leaves_;
};

Impls impls_of(const std::vector<Tensor>& tensors) {
  Impls out;
  for (const Tensor& tensor : tensors) out.insert(tensor.unsafeGetTensorImpl());
  return out;
}

Impls impls_of(const std::vector<ParameterGroup>& groups) {
  Impls out;
  for (const ParameterGroup& group : groups) out.merge(impls_of(group.parameters));
  return out;
}

bool matches(const std::string& name, const std::string& pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
}

bool is_named(const std::string& name, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&](const auto& pattern) { return matches(name, pattern); });
}

std::string shape_of(const Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

}  // namespace

std::string counted(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  if (names.size() == 1) return names[0];
  return fmt::format("{} and {} more", names[0], names.size() - 1);
}

std::string unregistered_leaves(const Tensor& loss, const torch::nn::Module& module) {
  if (!loss.requires_grad()) return "";
  Impls registered = impls_of(module.parameters());
  registered.merge(impls_of(module.buffers()));
  std::vector<std::string> names;
  for (const Leaf& leaf : Walk().leaves(loss)) {
    if (registered.contains(leaf.tensor.unsafeGetTensorImpl())) continue;
    names.push_back(
        fmt::format("a tensor of shape {}{}", shape_of(leaf.tensor),
                    leaf.operation.empty() ? "" : fmt::format(" ({})", leaf.operation)));
  }
  if (names.empty()) return "";
  return fmt::format(
      "the loss has a gradient for {}, which is no registered parameter and so is neither trained "
      "nor saved; the part that it belongs to wants register_module() or register_parameter()",
      counted(names));
}

std::string without_gradient(const torch::nn::Module& module,
                             const std::vector<ParameterGroup>& groups,
                             const std::vector<std::string>& may_lack) {
  const Impls trained = impls_of(groups);
  std::vector<std::string> names;
  for (const auto& item : module.named_parameters()) {
    if (!trained.contains(item->unsafeGetTensorImpl()) || item->grad().defined()) continue;
    if (!is_named(item.key(), may_lack)) names.push_back(item.key());
  }
  if (names.empty()) return "";
  return fmt::format(
      "no gradient of the loss reaches {}, though the optimiser has it; what the method updates "
      "itself it freezes (sslx::copy_frozen(), sslx::freeze()), what waits for its time it names "
      "with SSLX_WITHOUT_GRADIENT, and what is to be trained has no detach() on its way",
      counted(names));
}

std::string left_out_of_groups(const torch::nn::Module& module,
                               const std::vector<ParameterGroup>& groups) {
  const Impls registered = impls_of(module.parameters());
  for (const ParameterGroup& group : groups) {
    for (const Tensor& tensor : group.parameters) {
      if (registered.contains(tensor.unsafeGetTensorImpl())) continue;
      return fmt::format(
          "parameter_groups() has a tensor of shape {} that is no registered parameter, and so is "
          "not saved; the part that it belongs to wants register_module() or register_parameter()",
          shape_of(tensor));
    }
  }
  const Impls trained = impls_of(groups);
  std::vector<std::string> names;
  for (const auto& item : module.named_parameters()) {
    if (!item->grad().defined() || trained.contains(item->unsafeGetTensorImpl())) continue;
    names.push_back(item.key());
  }
  if (names.empty()) return "";
  return fmt::format(
      "the loss has a gradient for {}, but parameter_groups() leaves it out, so it is never "
      "trained",
      counted(names));
}

Untouched::Untouched(const Batch& batch) {
  const auto see = [this](std::string name, const Tensor& tensor) {
    if (tensor.defined()) seen_.push_back({std::move(name), tensor, tensor._version()});
  };
  for (size_t i = 0; i < batch.views.size(); ++i) see(fmt::format("view {}", i), batch.views[i]);
  see("batch.indices", batch.indices);
  see("batch.labels", batch.labels);
}

std::string Untouched::changed(const std::string& by) const {
  std::vector<std::string> names;
  for (const Seen& one : seen_) {
    if (one.tensor._version() != one.version) names.push_back(one.name);
  }
  if (names.empty()) return "";
  return fmt::format(
      "{} changed in place by {}: whoever reads it afterwards gets something else; an operation "
      "whose name ends with _ wants a clone()",
      names.size() == 1 ? names[0] + " was" : counted(names) + " were", by);
}

}  // namespace sslx::train
