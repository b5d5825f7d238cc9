// Backbones as the host makes them, with the weights that tests/reference/backbones.py gives to
// torchvision's and timm's by the same formula.
#pragma once

#include <sslx/backbone.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::test {

inline const std::vector<std::string> kNorms{"bn", "sync_bn", "gn", "gn+ws", "ln", "none"};

/// The plugin of the build tree, made after seeding torch's generator.
std::shared_ptr<Backbone> make_backbone(const std::string& name,
                                        const nlohmann::json& values = nlohmann::json::object(),
                                        int64_t channels = 3, uint64_t seed = 0);

/// tests/reference/backbones.json.
const nlohmann::json& backbone_reference();

/// weight() of backbones.py, for every parameter and buffer.
void set_reference_weights(Backbone& backbone);

/// Every parameter and buffer by name.
std::map<std::string, torch::Tensor> tensors_of(const torch::nn::Module& module);

/// How many numbers are trained.
int64_t parameter_count(const torch::nn::Module& module);

/// Largest difference over the largest of `expected`.
double relative_error(const torch::Tensor& result, const torch::Tensor& expected);

}  // namespace sslx::test
