// What CPC and CRD are tested with: a backbone so small that its formula can be written down, and
// methods on it or on a backbone plugin.
#pragma once

#include <sslx/method.h>

#include <nlohmann/json.hpp>
#include <string>

namespace sslx::test {

/// One linear layer on an image's pixels: `layer`.
class LinearBackbone : public Backbone {
 public:
  LinearBackbone(int64_t pixels, int64_t features)
      : layer_(register_module("layer", torch::nn::Linear(pixels, features))) {}
  torch::Tensor forward(const torch::Tensor& images) override {
    return layer_->forward(images.flatten(1));
  }
  int64_t feature_dim() const override { return layer_->options.out_features(); }

 private:
  torch::nn::Linear layer_;
};

using MakeBackbone = std::function<std::shared_ptr<Backbone>()>;

/// What a trial has besides its method's parameters.
struct Setting {
  MakeBackbone make_backbone;
  int64_t images = 64;  ///< Of the data set.
  int64_t classes = 3;
  uint64_t seed = 0;
  bool pretrained = true;
  std::shared_ptr<Group> group = std::make_shared<Group>();
};

/// A new LinearBackbone at each call.
MakeBackbone linear_backbone(int64_t pixels, int64_t features);

/// A new resnet_small of width 4 with this norm at each call.
MakeBackbone small_resnet(const std::string& norm);

/// The method plugin of the build tree. A backbone that is to be pretrained has every value of its
/// state 0.25 larger than one that is not.
std::shared_ptr<Method> make_predictive(const std::string& name, const nlohmann::json& parameters,
                                        const Setting& setting);

/// A batch of `count` images whose view is a stack of side * side patches of `size` pixels in three
/// channels, seeded.
Batch stack_batch(int64_t count, int64_t side, int64_t size, uint64_t seed);

}  // namespace sslx::test
