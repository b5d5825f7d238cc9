#include "teacher_fixture.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cstdlib>
#include <fstream>

#include "host/plugins/loader.h"

namespace sslx::test {
namespace {

std::string place(const char* variable) { return std::getenv(variable); }

PluginFile teacher_plugin(const std::string& kind, const std::string& name) {
  return read_plugin(place("SSLX_BINARY_DIR") + "/plugins/" + kind + "s/" + name + ".so");
}

}  // namespace

TeacherSetting on_small_vit(nlohmann::json changes) {
  nlohmann::json vit{{"width", 16},     {"depth", 2},       {"heads", 2},
                     {"patch_size", 4}, {"image_size", 16}, {"size", "tiny"}};
  vit.update(changes);
  TeacherSetting out;
  out.backbone = "vit";
  out.backbone_parameters = vit;
  return out;
}

std::shared_ptr<Method> make_teacher(const std::string& name, const nlohmann::json& parameters,
                                     const TeacherSetting& setting) {
  const PluginFile method = teacher_plugin("method", name);
  const PluginFile backbone = teacher_plugin("backbone", setting.backbone);
  const Parameters values = Parameters::resolve(method.schema, parameters, name);
  const Parameters of_backbone =
      Parameters::resolve(backbone.schema, setting.backbone_parameters, setting.backbone);
  const PluginTable& backbone_table = load_plugin(backbone);
  torch::manual_seed(setting.seed);
  MethodContext context{values,
                        [&] {
                          return backbone_table.make_backbone({of_backbone, 3});
                        },
                        torch::kCPU,
                        64,
                        10,
                        100,
                        at::detail::createCPUGenerator(setting.seed)};
  context.group = setting.group;
  context.local_views = setting.local_views;
  return load_plugin(method).make_method(context);
}

Batch wide_batch(int64_t local_views, uint64_t seed) {
  const auto generator = at::detail::createCPUGenerator(seed);
  Batch out;
  for (int64_t view = 0; view < 2 + local_views; ++view) {
    const int64_t side = view < 2 ? 16 : 8;
    out.views.push_back(torch::randn({4, 3, side, side}, generator, torch::kFloat64));
  }
  out.indices = torch::arange(4);
  out.local_views = local_views;
  return out;
}

Batch narrow_batch(int64_t local_views, uint64_t seed) {
  Batch out = wide_batch(local_views, seed);
  for (torch::Tensor& view : out.views) view = view.to(torch::kFloat32);
  return out;
}

std::shared_ptr<Backbone> backbone_of(const Method& method, const std::string& side) {
  const auto network = method.named_children()[side];
  return std::dynamic_pointer_cast<Backbone>(network->named_children()["backbone"]);
}

torch::Tensor matrix_of(const nlohmann::json& rows) {
  std::vector<torch::Tensor> out;
  for (const auto& row : rows.get<std::vector<std::vector<double>>>()) {
    out.push_back(torch::tensor(row, torch::kFloat64));
  }
  return torch::stack(out);
}

const nlohmann::json& teacher_reference() {
  static const nlohmann::json all = nlohmann::json::parse(
      std::ifstream(place("SSLX_SOURCE_DIR") + "/tests/reference/teachers.json"));
  return all;
}

}  // namespace sslx::test
