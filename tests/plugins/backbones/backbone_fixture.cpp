#include "tests/plugins/backbones/backbone_fixture.h"

#include <cmath>
#include <cstdlib>

#include "host/plugins/loader.h"
#include "tests/plugins/backbones/vit_fixture.h"
#include "tests/reference/reference.h"

namespace sslx::test {
namespace {

torch::Tensor reference_weight(const std::string& name, torch::IntArrayRef shape) {
  const torch::Tensor values = formula_uniform(name, shape);
  if (shape.size() > 1) {
    const int64_t inputs = values.numel() / values.size(0);
    return values * std::sqrt(3 / static_cast<double>(inputs));
  }
  if (name.ends_with("tracked")) return torch::zeros(shape);
  return name.ends_with("weight") || name.ends_with("running_var") ? 1 + values / 2 : values / 4;
}

}  // namespace

std::shared_ptr<Backbone> make_backbone(const std::string& name, const nlohmann::json& values,
                                        int64_t channels, uint64_t seed) {
  const PluginFile file = read_plugin(std::string(std::getenv("SSLX_BINARY_DIR")) +
                                      "/plugins/backbones/" + name + ".so");
  const Parameters parameters = Parameters::resolve(file.schema, values, name);
  torch::manual_seed(seed);
  return load_plugin(file).make_backbone({parameters, channels});
}

const nlohmann::json& backbone_reference() {
  static const nlohmann::json all = load_reference("backbones");
  return all;
}

void set_reference_weights(Backbone& backbone) {
  const torch::NoGradGuard guard;
  for (auto& [name, tensor] : tensors_of(backbone)) {
    torch::Tensor(tensor).copy_(reference_weight(name, tensor.sizes()));
  }
}

std::map<std::string, torch::Tensor> tensors_of(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> out;
  for (const auto& item : module.named_parameters()) out[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) out[item.key()] = item.value();
  return out;
}

int64_t parameter_count(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const torch::Tensor& parameter : module.parameters()) count += parameter.numel();
  return count;
}

double relative_error(const torch::Tensor& result, const torch::Tensor& expected) {
  if (result.sizes() != expected.sizes()) return INFINITY;
  return ((result - expected).abs().max() / expected.abs().max()).item<double>();
}

}  // namespace sslx::test
