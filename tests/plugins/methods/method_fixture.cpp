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
                                    uint64_t seed, bool pretrained, int64_t local_views) {
  const PluginFile method = find_plugin("method", name);
  const PluginFile backbone = find_plugin("backbone", "resnet_small");
  const Parameters values = Parameters::resolve(method.schema, parameters, name);
  const Parameters small = Parameters::resolve(backbone.schema, {{"width", 4}}, "backbone");
  const PluginTable& backbone_table = load_plugin(backbone);
  torch::manual_seed(seed);
  const auto make_backbone_for = [&](int64_t channels) {
    return backbone_table.make_backbone({small, channels});
  };
  const MethodContext context{values,
                              [&] { return make_backbone_for(3); },
                              torch::kCPU,
                              64,
                              10,
                              100,
                              at::detail::createCPUGenerator(seed),
                              pretrained,
                              make_backbone_for,
                              std::make_shared<Group>(),
                              local_views};
  return load_plugin(method).make_method(context);
}

Batch random_batch(int64_t count, size_t views, uint64_t seed) {
  return random_batch(count, std::vector<int64_t>(views, 3), seed);
}

Batch random_batch(int64_t count, const std::vector<int64_t>& channels, uint64_t seed) {
  const auto generator = at::detail::createCPUGenerator(seed);
  Batch out;
  for (const int64_t depth : channels) {
    out.views.push_back(torch::randn({count, depth, 16, 16}, generator));
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

void restore(Method& method, const std::map<std::string, torch::Tensor>& state) {
  const torch::NoGradGuard guard;
  for (auto& item : method.named_parameters()) item.value().copy_(state.at(item.key()));
  for (auto& item : method.named_buffers()) item.value().copy_(state.at(item.key()));
}

torch::Tensor unit(const torch::Tensor& rows) { return rows / rows.norm(2, 1, true); }

torch::Tensor encode(const Method& method, const std::string& side, const torch::Tensor& images) {
  const auto encoder = method.named_children()[side];
  const auto backbone = encoder->named_children()["backbone"];
  const auto head = encoder->named_children()["head"];
  return head->as<torch::nn::Sequential>()->forward(backbone->as<Backbone>()->forward(images));
}

std::vector<double> train_steps(Method& method, int first, int steps,
                                const std::vector<int64_t>& channels) {
  std::vector<double> losses;
  method.train();
  for (int step = first; step < first + steps; ++step) {
    const Loss loss = method.loss(random_batch(8, channels, static_cast<uint64_t>(step)));
    losses.push_back(loss.value.item<double>());
    loss.value.backward();
    const torch::NoGradGuard guard;
    for (const ParameterGroup& group : method.parameter_groups()) {
      for (torch::Tensor parameter : group.parameters) {
        if (!parameter.grad().defined()) continue;  // frozen for now, as SwAV's prototypes at first
        parameter.sub_(0.05 * parameter.grad());
        parameter.mutable_grad().reset();
      }
    }
    method.after_step({step, 100, 0});
  }
  return losses;
}

}  // namespace sslx::test
