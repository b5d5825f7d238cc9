#include "teacher_fixture.h"

#include <ATen/CPUGeneratorImpl.h>

namespace sslx::test {
MethodSetting on_small_vit(nlohmann::json changes) {
  nlohmann::json vit{{"width", 16},     {"depth", 2},       {"heads", 2},
                     {"patch_size", 4}, {"image_size", 16}, {"size", "tiny"}};
  vit.update(changes);
  MethodSetting out;
  out.backbone = "vit";
  out.backbone_parameters = vit;
  return out;
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

}  // namespace sslx::test
