#include "host/tools/bench_views.h"

#include <fmt/format.h>

#include "host/data/path_text.h"
#include "host/tools/bench_decode.h"
#include "host/tools/views_rate.h"
#include "host/trial/components.h"

namespace sslx::train {
namespace {

using nlohmann::json;

/// One line of the table: what is made of images of which size.
struct Setting {
  std::string name;
  int64_t height;
  int64_t width;
  int64_t images;  ///< Different ones, more than a cache holds.
  json operations;
};

json operation(const char* name, const json& parameters = json::object()) {
  return {{"name", name}, {"parameters", parameters}};
}

/// SimCLR's recipe at a size; blur is left out at 32 pixels, as there.
json simclr_recipe(int64_t size, bool blur) {
  json out{operation("crop", {{"size", size}}), operation("flip"),
           operation("color", {{"brightness", 0.8},
                               {"contrast", 0.8},
                               {"saturation", 0.8},
                               {"hue", 0.2},
                               {"probability", 0.8}}),
           operation("grayscale")};
  if (blur) out.push_back(operation("blur"));
  out.push_back(operation("normalize"));
  return out;
}

std::vector<Setting> settings() {
  return {{"32 px from 32 x 32", 32, 32, 10000, simclr_recipe(32, false)},
          {"96 px from 500 x 375, blur", 375, 500, 256, simclr_recipe(96, true)},
          {"224 px from 500 x 375, blur", 375, 500, 256, simclr_recipe(224, true)}};
}

/// Smooth colours with fine grain, so that no operation meets a special case.
torch::Tensor pictures(const Setting& setting) {
  const torch::Tensor coarse = torch::rand({setting.images, 3, 8, 8});
  const torch::Tensor smooth =
      torch::upsample_bilinear2d(coarse, {setting.height, setting.width}, /*align_corners=*/false);
  const torch::Tensor grain = torch::rand({1, 3, setting.height, setting.width}) * 0.2 - 0.1;
  return ((smooth + grain).clamp(0, 1) * 255).to(torch::kUInt8);
}

}  // namespace

void bench_views(const json& request) {
  torch::set_num_threads(1);
  torch::manual_seed(0);
  const auto seconds = request.at("seconds").get<double>();
  const TrialRequest asked = read_request(request);
  Components components(asked);
  fmt::print("views a second on one core ({}, {}), SimCLR's recipe at strength 1\n\n",
             processor_name(), at::get_cpu_capability());
  for (const Setting& setting : settings()) {
    const torch::Tensor images = pictures(setting);
    const torch::Tensor labels = torch::zeros({setting.images}, torch::kInt64);
    const int64_t batch = setting.height == 32 ? 256 : 32;
    const auto measure = [&](const json& operations) {
      const data::Recipe recipe = components.recipe(operations);
      return views_a_second({data::Images(images), labels, {recipe, recipe}, 0, 0}, batch, seconds);
    };
    fmt::print("{:<28} {:>9.0f}\n", setting.name, measure(setting.operations));
    if (!request.at("each").get<bool>()) continue;
    json some = json::array();
    double before = 0;
    for (const json& one : setting.operations) {
      some.push_back(one);
      const double micros = 1e6 / measure(some);
      fmt::print("  + {:<24} {:>9.1f} us\n", one.at("name").get<std::string>(), micros - before);
      before = micros;
    }
  }
  bench_decode(components, data::text_path(request.at("photos").get<std::string>()), seconds);
}

}  // namespace sslx::train
