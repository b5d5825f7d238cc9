// @NAME@: a plain convolutional network, each layer half as large as the one before.
// It begins as the Conv4 of Vinyals et al. 2016, arXiv:1606.04080, with mean pooling at its end.
#include <sslx/backbone.h>
#include <sslx/torch.h>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::integer("width", 64, "channels of every layer").at_least(1),
    sslx::integer("layers", 4, "convolutions, each followed by a pooling").between(1, 5)};

class @TYPE@ : public sslx::Backbone {
 public:
  explicit @TYPE@(const sslx::BackboneContext& context)
      : width_(context.parameters.integer("width")) {
    // A network that needs the size of its images has it here: context.image_height, image_width.
    int64_t in = context.input_channels;
    for (int64_t layer = 0; layer < context.parameters.integer("layers"); ++layer) {
      layers_->push_back(nn::Conv2d(nn::Conv2dOptions(in, width_, 3).padding(1).bias(false)));
      layers_->push_back(nn::BatchNorm2d(width_));
      layers_->push_back(nn::ReLU(nn::ReLUOptions(/*inplace=*/true)));
      layers_->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(2).ceil_mode(true)));
      in = width_;
    }
    register_module("layers", layers_);
  }

  // Images [N, C, H, W] to features [N, feature_dim()].
  Tensor forward(const Tensor& images) override {
    return sslx::mean_pooled(layers_->forward(images));
  }
  int64_t feature_dim() const override { return width_; }

 private:
  int64_t width_;
  nn::Sequential layers_;
};

}  // namespace

SSLX_BACKBONE(@TYPE@, "@NAME@", "0.1.0", "a plain convolutional network with pooling",
              "Vinyals et al. 2016, arXiv:1606.04080", kParameters);
