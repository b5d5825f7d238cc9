// The residual networks of ImageNet, 18 to 152 layers, of any width, plain or with selective
// kernels. Names and shapes are those of torchvision's ResNet without its classifier: exported
// weights load with strict=True once `fc` is a torch.nn.Identity(), or with the two tensors of a
// linear probe added as `fc.weight` and `fc.bias`. With norm = "gn" they load into
// resnet50(norm_layer=partial(GroupNorm, 32)).
//
// A width multiplier widens everything, as SimCLR's 2x and 4x do; torchvision's wide_resnet50_2
// widens the 3x3 convolutions only. With sk_ratio = 0.0625 it is the SK network of SimCLR v2
// (arXiv:2006.10029), which has the three-convolution stem and pooled shortcuts of ResNet-D too.
#include <fmt/format.h>
#include <sslx/backbone.h>
#include <sslx/error.h>
#include <sslx/residual.h>

namespace {

using sslx::BackboneContext;
using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::integer("depth", 50, "layers: 18, 34, 50, 101 or 152").between(18, 152),
    sslx::real("width", 1, "multiplies all channels: 1, 2, 4; CMC's half network is 0.5").above(0),
    sslx::choice("stem", "imagenet", "imagenet|cifar",
                 "imagenet: 7x7 of stride 2 and a max pool; cifar: 3x3 of stride 1, for 32 pixels"),
    sslx::real("sk_ratio", 0, "selective kernels (depth 50 up): 0.0625 in SimCLR v2; 0 is none")
        .between(0, 1),
    sslx::norm_parameter(),
    sslx::groups_parameter(),
    sslx::zero_init_parameter()};

/// ResNet-D's stem: three 3x3 convolutions, the first of stride 2 (arXiv:1812.01187, figure 2b).
nn::Sequential deep_stem(const sslx::NormOptions& norm, int64_t inputs, int64_t width) {
  const auto relu = [] { return nn::ReLU(nn::ReLUOptions().inplace(true)); };
  const int64_t half = width / 2;
  return nn::Sequential(sslx::residual_conv(norm, inputs, half, 3, 2), sslx::Norm(half, norm),
                        relu(), sslx::residual_conv(norm, half, half, 3), sslx::Norm(half, norm),
                        relu(), sslx::residual_conv(norm, half, width, 3));
}

class ResNet : public sslx::Backbone {
 public:
  explicit ResNet(const BackboneContext& context) {
    const sslx::Parameters& p = context.parameters;
    const sslx::BlockOptions options{sslx::norm_options(p), p.boolean("zero_init"),
                                     p.real("sk_ratio")};
    const sslx::ResNetPlan plan = sslx::resnet_plan(p.integer("depth"));
    if (options.sk_ratio > 0 && !plan.bottleneck) {
      throw sslx::input_error("selective kernels need bottlenecks, which depths 18 and 34 lack",
                              "choose depth 50, 101 or 152, or sk_ratio = 0");
    }
    const int64_t width = sslx::resnet_width(p.real("width"));
    make_stem(options, context.input_channels, width, p.choice("stem") == "cifar");
    feature_dim_ = width;
    for (size_t stage = 0; stage < plan.blocks.size(); ++stage) {
      const auto make = plan.bottleneck ? sslx::residual_stage<sslx::Bottleneck>
                                        : sslx::residual_stage<sslx::BasicBlock>;
      stages_.push_back(register_module(
          fmt::format("layer{}", stage + 1),
          make(feature_dim_, width << stage, plan.blocks[stage], stage > 0 ? 2 : 1, options)));
    }
  }

  Tensor feature_map(const Tensor& images) override {
    Tensor x = deep_conv1_.is_empty() ? conv1_(images) : deep_conv1_->forward(images);
    x = sslx::norm_relu(bn1_, x);
    if (pools_) x = torch::max_pool2d(x, 3, 2, 1);
    for (nn::Sequential& stage : stages_) x = stage->forward(x);
    return x;
  }

  Tensor forward(const Tensor& images) override { return sslx::mean_pooled(feature_map(images)); }

  int64_t feature_dim() const override { return feature_dim_; }

 private:
  void make_stem(const sslx::BlockOptions& options, int64_t inputs, int64_t width, bool cifar) {
    if (!cifar && options.sk_ratio > 0) {
      deep_conv1_ = register_module("conv1", deep_stem(options.norm, inputs, width));
    } else {
      conv1_ = register_module(
          "conv1", sslx::residual_conv(options.norm, inputs, width, cifar ? 3 : 7, cifar ? 1 : 2));
    }
    bn1_ = register_module("bn1", sslx::Norm(width, options.norm));
    pools_ = !cifar;
  }

  sslx::Conv2d conv1_{nullptr};
  nn::Sequential deep_conv1_{nullptr};  ///< Instead of conv1_, under its name.
  sslx::Norm bn1_{nullptr};
  bool pools_ = true;
  std::vector<nn::Sequential> stages_;
  int64_t feature_dim_ = 0;
};

}  // namespace

SSLX_BACKBONE(ResNet, "resnet", "1.0.0", "ResNet-18 to 152, wide, with selective kernels",
              "He et al. 2016, arXiv:1512.03385; SK: Chen et al. 2020, arXiv:2006.10029",
              kParameters);
