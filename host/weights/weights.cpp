#include "host/weights/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <set>

namespace sslx::train {
namespace {

/// Prefixes by which the trained encoder is told from its momentum copy.
constexpr std::array<std::string_view, 10> kTrained{
    "query.backbone.",   "online.backbone.",     "student.backbone.", "encoder_q.", "base_encoder.",
    "module.encoder_q.", "module.base_encoder.", "online_encoder.",   "backbone.",  ""};

/// First components of the parts that checkpoints have after the encoder.
constexpr std::array<std::string_view, 12> kHeads{
    "fc",         "head",   "heads",      "head_dist",
    "classifier", "linear", "projector",  "projection_head",
    "predictor",  "mlp",    "prototypes", "last_layer"};

/// torch's older files lack these, as load_state_dict() knows.
bool is_batch_count(std::string_view name) { return name.ends_with("num_batches_tracked"); }

bool is_head(const std::string& name) {
  return std::ranges::count(kHeads, std::string_view(name).substr(0, name.find('.'))) > 0;
}

/// How many of the backbone's tensors the file has under each prefix.
std::map<std::string, size_t> matches(const State& tensors, const State& wanted) {
  std::map<std::string, size_t> out;
  for (const auto& [own, tensor] : wanted) {
    if (is_batch_count(own)) continue;
    for (const auto& [name, other] : tensors) {
      if (!name.ends_with(own)) continue;
      const std::string prefix = name.substr(0, name.size() - own.size());
      if (prefix.empty() || prefix.ends_with('.')) ++out[prefix];
    }
  }
  return out;
}

/// The prefixes under which the file has most of the backbone's tensors.
std::vector<std::string> candidates(const std::map<std::string, size_t>& counts, size_t most) {
  std::vector<std::string> out;
  for (const auto& [prefix, count] : counts) {
    if (count == most) out.push_back(prefix);
  }
  return out;
}

std::string find_prefix(const State& tensors, const State& wanted, const std::string& file) {
  const std::map<std::string, size_t> counts = matches(tensors, wanted);
  if (counts.empty()) return "";
  const size_t most =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->second;
  const std::vector<std::string> found = candidates(counts, most);
  for (const std::string_view trained : kTrained) {
    if (std::ranges::count(found, trained) > 0) return std::string(trained);
  }
  const auto whole = static_cast<size_t>(std::ranges::count_if(
      wanted, [](const auto& entry) { return !is_batch_count(entry.first); }));
  if (found.size() == 1 || most < whole) return found[0];
  throw input_error(fmt::format("{} has weights for this backbone under several prefixes: '{}'",
                                file, fmt::join(found, "', '")),
                    "say which with --prefix of `sslx import`");
}

std::string shape_text(const torch::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

/// Puts one tensor of the file where the backbone wants it.
void take(WeightsFit& fit, const std::string& name, const torch::Tensor& wanted,
          const torch::Tensor& given) {
  const bool both_real = wanted.is_floating_point() && given.is_floating_point();
  const bool both_whole = !wanted.is_floating_point() && !given.is_floating_point();
  if (given.sizes() != wanted.sizes()) {
    fit.different.push_back(
        fmt::format("{} is {}, not {}", name, shape_text(given), shape_text(wanted)));
  } else if (!both_real && !both_whole) {
    fit.different.push_back(fmt::format("{} is of type {}, not {}", name,
                                        torch::toString(given.scalar_type()),
                                        torch::toString(wanted.scalar_type())));
  } else {
    if (given.scalar_type() != wanted.scalar_type()) fit.converted.push_back(name);
    fit.state[name] = given.to(wanted.scalar_type());
  }
}

/// The first components of a name, as many as asked for and one at least.
std::string beginning(const std::string& name, int64_t components) {
  size_t end = name.find('.');
  for (; components > 1 && end != std::string::npos; --components) end = name.find('.', end + 1);
  return name.substr(0, end);
}

std::string first_few(const std::vector<std::string>& names) {
  const size_t shown = std::min<size_t>(names.size(), 3);
  return fmt::format("{}{}",
                     fmt::join(names.begin(), names.begin() + static_cast<ptrdiff_t>(shown), ", "),
                     shown < names.size() ? ", ..." : "");
}

}  // namespace

WeightsFit fit_weights(const State& tensors, const torch::nn::Module& backbone,
                       const std::optional<std::string>& prefix, const std::string& file) {
  const State wanted = module_state(backbone);
  WeightsFit out;
  out.prefix = prefix ? *prefix : find_prefix(tensors, wanted, file);
  for (const auto& [name, tensor] : wanted) {
    if (const auto found = tensors.find(out.prefix + name); found != tensors.end()) {
      take(out, name, tensor, found->second);
    } else if (is_batch_count(name)) {
      out.filled.push_back(name);
      out.state[name] = torch::zeros_like(tensor);
    } else {
      out.missing.push_back(name);
    }
  }
  for (const auto& [name, tensor] : tensors) {
    const bool inside = name.starts_with(out.prefix);
    const std::string own = inside ? name.substr(out.prefix.size()) : "";
    if (inside && wanted.contains(own)) continue;
    // A batch count without its norm is a norm without statistics: nothing is lost.
    const bool known = !inside || is_head(own) || is_batch_count(own);
    (known ? out.left_out : out.foreign).push_back(name);
  }
  return out;
}

void check_fit(const WeightsFit& fit, const std::string& file, const std::string& backbone) {
  if (fit.problems() == 0) return;
  std::vector<std::string> what;
  if (!fit.missing.empty()) {
    what.push_back(fmt::format("{} of its {} tensors are missing ({})", fit.missing.size(),
                               fit.missing.size() + fit.state.size() + fit.different.size(),
                               first_few(fit.missing)));
  }
  if (!fit.different.empty()) {
    what.push_back(fmt::format("{} differ ({})", fit.different.size(), first_few(fit.different)));
  }
  if (!fit.foreign.empty()) {
    what.push_back(
        fmt::format("{} more are in the file ({})", fit.foreign.size(), first_few(fit.foreign)));
  }
  const std::string prefix =
      fit.prefix.empty() ? "" : fmt::format(" under the prefix '{}'", fit.prefix);
  throw input_error(
      fmt::format("{} does not fit {}{}: {}", file, backbone, prefix, fmt::join(what, "; ")),
      "the backbone's parameters must be those of the file; --set changes them");
}

std::string left_out_text(const WeightsFit& fit) {
  const auto depth = std::ranges::count(fit.prefix, '.');
  std::map<std::string, size_t> counts;
  for (const std::string& name : fit.left_out) {
    ++counts[beginning(name, name.starts_with(fit.prefix) ? depth + 1 : depth)];
  }
  std::vector<std::string> parts;
  for (const auto& [part, count] : counts) parts.push_back(fmt::format("{} ({})", part, count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

void check_state(const torch::nn::Module& module, const State& state, const std::string& what) {
  std::set<std::string> wanted;
  const auto check = [&](const std::string& name, const torch::Tensor& into) {
    const auto found = state.find(name);
    if (found == state.end()) throw input_error(fmt::format("{} has no '{}'", what, name));
    if (found->second.sizes() != into.sizes()) {
      throw input_error(fmt::format("{}: '{}' is {}; it must be {}", what, name,
                                    shape_text(found->second), shape_text(into)));
    }
    wanted.insert(name);
  };
  for (const auto& item : module.named_parameters()) check(item.key(), item.value());
  for (const auto& item : module.named_buffers()) check(item.key(), item.value());
  for (const auto& [name, tensor] : state) {
    if (!wanted.contains(name)) {
      throw input_error(fmt::format("{} has '{}', which is not wanted", what, name));
    }
  }
}

void load_state(torch::nn::Module& module, const State& state, const std::string& what) {
  check_state(module, state, what);
  const torch::NoGradGuard guard;
  for (auto& item : module.named_parameters()) item.value().copy_(state.at(item.key()));
  for (auto& item : module.named_buffers()) item.value().copy_(state.at(item.key()));
}

}  // namespace sslx::train
