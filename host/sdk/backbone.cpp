#include <sslx/backbone.h>
#include <sslx/error.h>

namespace sslx {

Backbone::~Backbone() = default;

torch::Tensor Backbone::feature_map(const torch::Tensor&) {
  throw input_error(
      "this backbone gives no feature map, only one vector an image; choose one that keeps its "
      "features in their places, such as a ResNet or a ViT");
}

torch::Tensor Backbone::attention_map(const torch::Tensor&) {
  throw input_error(
      "this backbone has no attention to show; choose one with a class token, such as vit");
}

torch::Tensor mean_pooled(const torch::Tensor& feature_map) {
  return torch::flatten(torch::adaptive_avg_pool2d(feature_map, {1, 1}), 1);
}

}  // namespace sslx
