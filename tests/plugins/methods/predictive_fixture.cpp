#include "predictive_fixture.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cstdlib>

#include "host/plugins/loader.h"

namespace sslx::test {
namespace {

PluginFile built_plugin(const std::string& folder, const std::string& name) {
  return read_plugin(std::string(std::getenv("SSLX_BINARY_DIR")) + "/plugins/" + folder + "/" +
                     name + ".so");
}

/// In the place of the weights of a file.
std::shared_ptr<Backbone> with_weights(std::shared_ptr<Backbone> backbone) {
  const torch::NoGradGuard guard;
  for (const torch::Tensor& parameter : backbone->parameters()) parameter.add_(0.25);
  return backbone;
}

}  // namespace

MakeBackbone linear_backbone(int64_t pixels, int64_t features) {
  return [=] { return std::make_shared<LinearBackbone>(pixels, features); };
}

MakeBackbone small_resnet(const std::string& norm) {
  return [norm]() -> std::shared_ptr<Backbone> {
    const PluginFile file = built_plugin("backbones", "resnet_small");
    const Parameters values =
        Parameters::resolve(file.schema, {{"width", 4}, {"norm", norm}}, "backbone");
    return load_plugin(file).make_backbone({values, 3});
  };
}

std::shared_ptr<Method> make_predictive(const std::string& name, const nlohmann::json& parameters,
                                        const Setting& setting) {
  const PluginFile file = built_plugin("methods", name);
  const Parameters values = Parameters::resolve(file.schema, parameters, name);
  torch::manual_seed(setting.seed);
  MethodContext context{values,
                        [&] {
                          const auto made = setting.make_backbone();
                          return setting.pretrained ? with_weights(made) : made;
                        },
                        torch::kCPU,
                        setting.images,
                        setting.classes,
                        100,
                        at::detail::createCPUGenerator(setting.seed),
                        setting.pretrained};
  context.make_untrained_backbone = setting.make_backbone;
  context.group = setting.group;
  return load_plugin(file).make_method(context);
}

Batch stack_batch(int64_t count, int64_t side, int64_t size, uint64_t seed) {
  const auto generator = at::detail::createCPUGenerator(seed);
  Batch out;
  out.views.push_back(torch::randn({count, 3, side * side * size, size}, generator));
  out.indices = torch::arange(count);
  out.labels = torch::randint(0, 3, {count}, generator, torch::kInt64);
  return out;
}

}  // namespace sslx::test
