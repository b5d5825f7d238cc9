#include "method_fixture.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cstdlib>
#include <filesystem>

#include "host/plugins/loader.h"

namespace sslx::test {
namespace {

PluginFile find_plugin(const std::string& kind, const std::string& name) {
  return read_plugin(std::filesystem::path(std::getenv("SSLX_BINARY_DIR")) / "plugins" /
                     (kind + "s") / (name + ".so"));
}

}  // namespace

std::shared_ptr<Method> make_method(const std::string& name, const nlohmann::json& parameters,
                                    uint64_t seed) {
  const PluginFile method = find_plugin("method", name);
  const PluginFile backbone = find_plugin("backbone", "resnet_small");
  const Parameters values = Parameters::resolve(method.schema, parameters, name);
  const Parameters small = Parameters::resolve(backbone.schema, {{"width", 4}}, "backbone");
  const PluginTable& backbone_table = load_plugin(backbone);
  torch::manual_seed(seed);
  const MethodContext context{values,
                              [&] {
                                return backbone_table.make_backbone({small, 3});
                              },
                              torch::kCPU,
                              64,
                              10,
                              100,
                              at::detail::createCPUGenerator(seed)};
  return load_plugin(method).make_method(context);
}

Batch random_batch(int64_t count, size_t views, uint64_t seed) {
  const auto generator = at::detail::createCPUGenerator(seed);
  Batch out;
  for (size_t view = 0; view < views; ++view) {
    out.views.push_back(torch::randn({count, 3, 16, 16}, generator));
  }
  out.indices = torch::arange(count);
  out.labels = torch::randint(0, 10, {count}, generator, torch::kInt64);
  return out;
}

std::map<std::string, torch::Tensor> state_of(const Method& method) {
  std::map<std::string, torch::Tensor> out;
  for (const auto& item : method.named_parameters()) out[item.key()] = item.value().clone();
  for (const auto& item : method.named_buffers()) out[item.key()] = item.value().clone();
  return out;
}

std::vector<double> train_steps(Method& method, int first, int steps, size_t views) {
  std::vector<double> losses;
  method.train();
  for (int step = first; step < first + steps; ++step) {
    const Loss loss = method.loss(random_batch(8, views, static_cast<uint64_t>(step)));
    losses.push_back(loss.value.item<double>());
    loss.value.backward();
    const torch::NoGradGuard guard;
    for (const ParameterGroup& group : method.parameter_groups()) {
      for (torch::Tensor parameter : group.parameters) {
        parameter.sub_(0.05 * parameter.grad());
        parameter.mutable_grad().reset();
      }
    }
    method.after_step({step, 100, 0});
  }
  return losses;
}

}  // namespace sslx::test
