#include "method_fixture.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

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
                                    const MethodSetting& setting) {
  const PluginFile method = find_plugin("method", name);
  const PluginFile backbone = find_plugin("backbone", setting.backbone);
  const Parameters values = Parameters::resolve(method.schema, parameters, name);
  const Parameters of_backbone =
      Parameters::resolve(backbone.schema, setting.backbone_parameters, setting.backbone);
  const PluginTable& backbone_table = load_plugin(backbone);
  torch::manual_seed(setting.seed);
  const auto make_backbone_for = [&](int64_t channels) {
    return backbone_table.make_backbone({of_backbone, channels});
  };
  MethodContext context{values,
                        [&] { return make_backbone_for(3); },
                        torch::kCPU,
                        64,
                        10,
                        100,
                        at::detail::createCPUGenerator(setting.seed),
                        setting.pretrained,
                        make_backbone_for};
  context.group = setting.group;
  context.local_views = setting.local_views;
  return load_plugin(method).make_method(context);
}

std::shared_ptr<Method> make_method(const std::string& name, const nlohmann::json& parameters,
                                    uint64_t seed, bool pretrained, int64_t local_views) {
  MethodSetting setting;
  setting.seed = seed;
  setting.pretrained = pretrained;
  setting.local_views = local_views;
  return make_method(name, parameters, setting);
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

double sgd_step(Method& method, const Batch& batch, int step, double rate) {
  const Loss loss = method.loss(batch);
  loss.value.backward();
  const torch::NoGradGuard guard;
  for (const ParameterGroup& group : method.parameter_groups()) {
    for (torch::Tensor parameter : group.parameters) {
      if (!parameter.grad().defined())
        continue;  // of a frozen parameter: SwAV's prototypes in its first epoch
      parameter.sub_(rate * parameter.grad());
      parameter.mutable_grad().reset();
    }
  }
  method.after_step({step, 100, 0});
  return loss.value.item<double>();
}

std::vector<double> train_steps(Method& method, int first, int steps,
                                const std::vector<int64_t>& channels) {
  std::vector<double> losses;
  method.train();
  for (int step = first; step < first + steps; ++step) {
    const Batch batch = random_batch(8, channels, static_cast<uint64_t>(step));
    losses.push_back(sgd_step(method, batch, step));
  }
  return losses;
}

void expect_goes_on(const std::function<std::shared_ptr<Method>(uint64_t seed)>& make,
                    const std::function<std::vector<double>(Method&, int first, int steps)>& train,
                    int steps) {
  const auto whole = make(0);
  train(*whole, 0, 3);
  const auto saved = state_of(*whole);
  const auto expected = train(*whole, 3, steps);
  const auto resumed = make(99);
  restore(*resumed, saved);
  EXPECT_EQ(train(*resumed, 3, steps), expected);
  for (const auto& [name, value] : state_of(*whole)) {
    EXPECT_TRUE(value.equal(state_of(*resumed).at(name))) << name;
  }
  EXPECT_NE(train(*make(99), 3, steps), expected) << "it needs the state";
}

}  // namespace sslx::test
