// The plugin to read first: a plain convolutional network, Conv4 of Vinyals et al. 2016,
// arXiv:1606.04080, with mean pooling at its end. A backbone is one class derived from
// sslx::Backbone and one line that registers it, the last of this file.
#include <sslx/backbone.h>
#include <sslx/conv.h>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

// What a sweep may set, each with a default, a range and a meaning. It is read without running the
// plugin, so that a misspelt parameter is an error before anything starts.
constexpr std::array kParameters{
    sslx::integer("width", 64, "channels of every layer").at_least(1),
    sslx::integer("layers", 4, "3x3 convolutions, each of which halves the resolution")
        .between(1, 8),
    sslx::norm_parameter(), sslx::groups_parameter()};

class ConvNet : public sslx::Backbone {
 public:
  // The context has this trial's parameters, already checked, and the images' channels. Random
  // numbers come from torch's generator, which the host has seeded.
  explicit ConvNet(const sslx::BackboneContext& context)
      : width_(context.parameters.integer("width")) {
    const sslx::NormOptions norm = sslx::norm_options(context.parameters);
    int64_t channels = context.input_channels;
    for (int64_t layer = 0; layer < context.parameters.integer("layers"); ++layer) {
      layers_->push_back(
          sslx::conv_before(norm, nn::Conv2dOptions(channels, width_, 3).padding(1)));
      layers_->push_back(sslx::Norm(width_, norm));
      layers_->push_back(nn::ReLU(nn::ReLUOptions().inplace(true)));
      // Rounded up, so that a map of one pixel stays one pixel.
      layers_->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(2).ceil_mode(true)));
      channels = width_;
    }
    // What is registered is trained, saved and moved to the device.
    register_module("layers", layers_);
  }

  // Images [N, C, H, W], normalised, to a map [N, width, H', W']...
  Tensor feature_map(const Tensor& images) override { return layers_->forward(images); }

  // ... and to features [N, width], which the methods' heads and the evaluation take.
  Tensor forward(const Tensor& images) override { return sslx::mean_pooled(feature_map(images)); }
  int64_t feature_dim() const override { return width_; }

 private:
  int64_t width_;
  nn::Sequential layers_;
};

}  // namespace

SSLX_BACKBONE(ConvNet, "convnet", "1.0.0", "a plain convolutional network, to be read first",
              "Vinyals et al. 2016, arXiv:1606.04080", kParameters);
