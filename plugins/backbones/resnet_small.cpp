// A small residual network: a 3x3 stem and a few stages of basic blocks, each of twice the width
// and half the resolution of the one before. What a laptop sweeps. Parameter names follow
// torchvision's ResNet.
#include <fmt/format.h>
#include <sslx/backbone.h>

namespace {

using sslx::BackboneContext;
using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::integer("width", 32, "channels of the stem and the first stage").at_least(1),
    sslx::integer("stages", 3, "each stage doubles the width and halves the resolution")
        .between(1, 5),
    sslx::integer("blocks", 1, "basic blocks in a stage").at_least(1),
    sslx::integer("stem_stride", 2, "stride of the 3x3 stem convolution").between(1, 4)};

nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  nn::Conv2d layer(
      nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
  nn::init::kaiming_normal_(layer->weight, 0.0, torch::kFanOut, torch::kReLU);
  return layer;
}

/// Two 3x3 convolutions and a shortcut (He et al. 2016, figure 5 left).
struct BasicBlockImpl : nn::Module {
  BasicBlockImpl(int64_t in, int64_t out, int64_t stride)
      : conv1(register_module("conv1", conv(in, out, 3, stride))),
        bn1(register_module("bn1", nn::BatchNorm2d(out))),
        conv2(register_module("conv2", conv(out, out, 3, 1))),
        bn2(register_module("bn2", nn::BatchNorm2d(out))) {
    if (stride == 1 && in == out) return;
    downsample = register_module("downsample",
                                 nn::Sequential(conv(in, out, 1, stride), nn::BatchNorm2d(out)));
  }

  Tensor forward(const Tensor& x) {
    const Tensor shortcut = downsample.is_empty() ? x : downsample->forward(x);
    Tensor out = bn1(conv1(x)).relu_();
    out = bn2(conv2(out));
    return out.add_(shortcut).relu_();
  }

  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Conv2d conv2;
  nn::BatchNorm2d bn2;
  nn::Sequential downsample{nullptr};
};
TORCH_MODULE(BasicBlock);

class SmallResNet : public sslx::Backbone {
 public:
  explicit SmallResNet(const BackboneContext& context) {
    const sslx::Parameters& p = context.parameters;
    int64_t width = p.integer("width");
    conv1_ =
        register_module("conv1", conv(context.input_channels, width, 3, p.integer("stem_stride")));
    bn1_ = register_module("bn1", nn::BatchNorm2d(width));
    int64_t in = width;
    for (int64_t stage = 1; stage <= p.integer("stages"); ++stage) {
      nn::Sequential layer;
      for (int64_t block = 0; block < p.integer("blocks"); ++block) {
        layer->push_back(BasicBlock(in, width, block == 0 && stage > 1 ? 2 : 1));
        in = width;
      }
      stages_.push_back(register_module(fmt::format("layer{}", stage), layer));
      width *= 2;
    }
    feature_dim_ = in;
  }

  Tensor forward(const Tensor& images) override {
    Tensor x = bn1_(conv1_(images)).relu_();
    for (nn::Sequential& stage : stages_) x = stage->forward(x);
    return torch::flatten(torch::adaptive_avg_pool2d(x, {1, 1}), 1);
  }

  int64_t feature_dim() const override { return feature_dim_; }

 private:
  nn::Conv2d conv1_{nullptr};
  nn::BatchNorm2d bn1_{nullptr};
  std::vector<nn::Sequential> stages_;
  int64_t feature_dim_ = 0;
};

}  // namespace

SSLX_BACKBONE(SmallResNet, "resnet_small", "1.0.0",
              "a small ResNet: 3x3 stem and a few stages of basic blocks",
              "He et al. 2016, arXiv:1512.03385", kParameters);
