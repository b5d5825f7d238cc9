// The vision transformer as the host makes it, and the weights and images that
// tests/reference/vit.py gives to timm's by the same formula.
#pragma once

#include <sslx/backbone.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "host/plugins/loader.h"
#include "tests/reference/reference.h"

namespace sslx::test {

/// What a test changes nothing of: three blocks of width 48 on 32 x 32 pixels.
inline nlohmann::json small_vit(const nlohmann::json& changes = nlohmann::json::object()) {
  nlohmann::json out{{"size", "tiny"}, {"width", 48},     {"depth", 3},
                     {"heads", 4},     {"patch_size", 4}, {"image_size", 32}};
  out.update(changes);
  return out;
}

inline std::shared_ptr<Backbone> make_vit(const nlohmann::json& values, int64_t channels = 3) {
  const PluginFile file =
      read_plugin(std::string(std::getenv("SSLX_BINARY_DIR")) + "/plugins/backbones/vit.so");
  const Parameters parameters = Parameters::resolve(file.schema, values, "vit");
  torch::manual_seed(0);
  return load_plugin(file).make_backbone({parameters, channels});
}

inline const nlohmann::json& vit_reference() {
  static const nlohmann::json all = load_reference("vit");
  return all;
}

/// uniform() of vit.py.
inline torch::Tensor formula_uniform(const std::string& name, torch::IntArrayRef shape) {
  uint32_t seed = 2166136261U;
  for (const char c : name) seed = (seed ^ static_cast<uint8_t>(c)) * 16777619U;
  torch::Tensor out = torch::empty(shape);
  auto* values = out.mutable_data_ptr<float>();
  for (int64_t i = 0; i < out.numel(); ++i) {
    uint32_t bits = static_cast<uint32_t>(i) * 2654435761U + seed;
    bits = (bits ^ (bits >> 15)) * 2246822519U;
    bits = (bits ^ (bits >> 15)) * 3266489917U;
    bits ^= bits >> 16;
    values[i] = static_cast<float>(bits / 2147483648.0 - 1);
  }
  return out;
}

inline torch::Tensor formula_images(torch::IntArrayRef shape) {
  return formula_uniform("images", shape) * 1.7;
}

/// weight() of vit.py, for every parameter that is trained.
inline void set_formula_weights(torch::nn::Module& module) {
  const torch::NoGradGuard guard;
  for (auto& item : module.named_parameters()) {
    if (!item->requires_grad()) continue;
    const torch::Tensor values = formula_uniform(item.key(), item->sizes());
    const bool weight = item.key().ends_with("weight");
    if (weight && item->dim() > 1) {
      const int64_t inputs = item->numel() / item->size(0);
      item->copy_(values * std::sqrt(3.0 / static_cast<double>(inputs)));
    } else {
      item->copy_(weight && item.key().find("norm") != std::string::npos ? 1 + values / 4
                                                                         : values / 2);
    }
  }
}

inline double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() ? (a - b).abs().max().item<double>() : INFINITY;
}

}  // namespace sslx::test
