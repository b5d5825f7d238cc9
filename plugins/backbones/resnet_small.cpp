// A small residual network: a 3x3 stem and a few stages of basic blocks, each of twice the width
// and half the resolution of the one before. What a laptop sweeps. Parameter names follow
// torchvision's ResNet.
#include <fmt/format.h>
#include <sslx/backbone.h>
#include <sslx/residual.h>

namespace {

using sslx::BackboneContext;
using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::integer("width", 32, "channels of the stem and the first stage").at_least(1),
    sslx::integer("stages", 3, "each stage doubles the width and halves the resolution")
        .between(1, 5),
    sslx::integer("blocks", 1, "basic blocks in a stage").at_least(1),
    sslx::integer("stem_stride", 2, "stride of the 3x3 stem convolution").between(1, 4),
    sslx::norm_parameter(),
    sslx::groups_parameter(),
    sslx::zero_init_parameter()};

class SmallResNet : public sslx::Backbone {
 public:
  explicit SmallResNet(const BackboneContext& context) {
    const sslx::Parameters& p = context.parameters;
    const sslx::BlockOptions options{sslx::norm_options(p), p.boolean("zero_init")};
    int64_t width = p.integer("width");
    conv1_ = register_module("conv1", sslx::residual_conv(options.norm, context.input_channels,
                                                          width, 3, p.integer("stem_stride")));
    bn1_ = register_module("bn1", sslx::Norm(width, options.norm));
    feature_dim_ = width;
    for (int64_t stage = 1; stage <= p.integer("stages"); ++stage) {
      stages_.push_back(register_module(
          fmt::format("layer{}", stage),
          sslx::residual_stage<sslx::BasicBlock>(feature_dim_, width, p.integer("blocks"),
                                                 stage > 1 ? 2 : 1, options)));
      width *= 2;
    }
  }

  Tensor feature_map(const Tensor& images) override {
    Tensor x = sslx::norm_relu(bn1_, conv1_(images));
    for (nn::Sequential& stage : stages_) x = stage->forward(x);
    return x;
  }

  Tensor forward(const Tensor& images) override { return sslx::mean_pooled(feature_map(images)); }

  int64_t feature_dim() const override { return feature_dim_; }

 private:
  sslx::Conv2d conv1_{nullptr};
  sslx::Norm bn1_{nullptr};
  std::vector<nn::Sequential> stages_;
  int64_t feature_dim_ = 0;
};

}  // namespace

SSLX_BACKBONE(SmallResNet, "resnet_small", "1.1.0",
              "a small ResNet: 3x3 stem and a few stages of basic blocks",
              "He et al. 2016, arXiv:1512.03385", kParameters);
