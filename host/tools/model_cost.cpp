#include "host/tools/model_cost.h"

#include <fmt/format.h>
#include <unistd.h>

#include "host/tools/foreseen.h"
#include "host/train/multiply_adds.h"
#include "host/trial/components.h"

namespace sslx::train {
namespace {

/// Every backbone here takes it, and a transformer of small patches is through it at once: at 224
/// and 448 pixels attention alone would take a slow machine a minute.
constexpr int64_t kSmallImage = 64;

/// "23.51 M"
std::string shown(int64_t count) {
  const auto value = static_cast<double>(count);
  if (value >= 1e9) return fmt::format("{:.2f} G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.2f} M", value / 1e6);
  return fmt::format("{:.2f} k", value / 1e3);
}

/// One that takes no smaller images says nothing of larger ones, whose own bytes still count.
void check_size(Backbone& backbone, int64_t channels, int64_t size, double seconds) {
  const torch::NoGradGuard guard;
  const std::string what = fmt::format("the activations for {} x {} x {}", channels, size, size);
  const char* const hint = "--image-size or --channels must be smaller";
  const double image = 4.0 * static_cast<double>(channels * size) * static_cast<double>(size);
  check_cost({0, image}, what, 0, hint);
  backbone.eval();
  Cost cost;
  try {
    cost = foreseen(kSmallImage, size, [&](int64_t side) {
      backbone.forward(torch::zeros({1, channels, side, side}));
    });
  } catch (const std::exception&) {
    return;
  }
  check_cost(cost, what, seconds, hint);
}

}  // namespace

ModelCost model_cost(Backbone& backbone, int64_t channels, int64_t size) {
  const torch::NoGradGuard guard;
  ModelCost out;
  for (const torch::Tensor& parameter : backbone.parameters()) out.parameters += parameter.numel();
  const bool was_training = backbone.is_training();
  backbone.eval();
  const MultiplyAdds count;
  backbone.forward(torch::zeros({1, channels, size, size}));
  backbone.train(was_training);
  out.multiply_adds = count.forward();
  out.features = backbone.feature_dim();
  return out;
}

void describe_backbone(const nlohmann::json& request) {
  ::alarm(request.at("seconds").get<unsigned>());
  const TrialRequest asked = read_request(request);
  Components components(asked);
  const auto channels = request.at("channels").get<int64_t>();
  const auto size = request.at("image_size").get<int64_t>();
  components.set_image_size(size, size);
  const std::shared_ptr<Backbone> backbone = components.backbone(channels);
  check_size(*backbone, channels, size, request.at("seconds").get<double>());
  const ModelCost cost =
      guarded("this backbone", [&] { return model_cost(*backbone, channels, size); });
  fmt::print(
      "\n  parameters     {}\n  multiply-adds  {} for an image of {} x {} x {}\n"
      "  features       {}\n",
      shown(cost.parameters), shown(cost.multiply_adds), channels, size, size, cost.features);
}

}  // namespace sslx::train
