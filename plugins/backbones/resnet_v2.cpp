// Residual networks with pre-activation: norm and ReLU come before each convolution, and nothing is
// on the shortcut (He et al. 2016, arXiv:1603.05027, figure 1b). Names and shapes are those of
// timm's resnetv2_18 to 152 with num_classes=0. Depth 161 is CPC v2's: stage three of ResNet-101
// grown to 46 blocks of 4096 channels with 512 in the bottleneck, and no stage four
// (arXiv:1905.09272, appendix); CPC v1's is depth 101 with three stages. CPC wants norm = "ln" or
// "none", since batch norm lets a patch see the others.
#include <fmt/format.h>
#include <sslx/backbone.h>
#include <sslx/residual.h>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::integer("depth", 50, "layers: 18, 34, 50, 101, 152, or CPC v2's 161").between(18, 161),
    sslx::real("width", 1, "multiplies all channels").above(0),
    sslx::integer("stages", 4, "how many of the stages are there; depth 161 has three")
        .between(1, 4),
    sslx::choice("stem", "imagenet", "imagenet|cifar",
                 "imagenet: 7x7 of stride 2 and a max pool; cifar: 3x3 of stride 1, for 32 pixels"),
    sslx::norm_parameter(),
    sslx::groups_parameter(),
    sslx::zero_init_parameter()};

struct Stage {
  int64_t blocks;
  int64_t width;  ///< Of the 3x3 convolutions.
  int64_t outputs;
};

struct Plan {
  std::vector<Stage> stages;
  bool bottleneck;
};

Plan plan_of(int64_t depth, int64_t width) {
  if (depth == 161) {
    return {{{3, width, 4 * width}, {4, 2 * width, 8 * width}, {46, 8 * width, 64 * width}}, true};
  }
  const sslx::ResNetPlan plan = sslx::resnet_plan(depth);
  Plan out{{}, plan.bottleneck};
  for (const int64_t blocks : plan.blocks) {
    out.stages.push_back({blocks, width, plan.bottleneck ? 4 * width : width});
    width *= 2;
  }
  return out;
}

/// Norm, ReLU and convolution, two or three times; the shortcut leaves after the first ReLU where
/// it is a projection.
struct PreActivationBlockImpl : nn::Module {
  PreActivationBlockImpl(int64_t inputs, const Stage& stage, bool bottleneck, int64_t stride,
                         bool projects, const sslx::BlockOptions& options) {
    const sslx::NormOptions& norm = options.norm;
    if (projects) {
      downsample_->push_back("conv", sslx::residual_conv(norm, inputs, stage.outputs, 1, stride));
      register_module("downsample", downsample_);
    }
    if (bottleneck) {
      append(norm, inputs, stage.width, 1, 1);
      append(norm, stage.width, stage.width, 3, stride);
      append(norm, stage.width, stage.outputs, 1, 1);
    } else {
      append(norm, inputs, stage.width, 3, stride);
      append(norm, stage.width, stage.outputs, 3, 1);
    }
    // The last norm comes before the last convolution, so it is that one that is 0.
    if (options.zero_init) nn::init::zeros_(convs_.back()->weight);
  }

  Tensor forward(const Tensor& x) {
    Tensor out = sslx::norm_relu(norms_[0], x);
    const Tensor shortcut = downsample_->is_empty() ? x : downsample_->forward(out);
    out = convs_[0](out);
    for (size_t i = 1; i < convs_.size(); ++i) out = convs_[i](sslx::norm_relu(norms_[i], out));
    return out.add_(shortcut);
  }

 private:
  void append(const sslx::NormOptions& norm, int64_t inputs, int64_t outputs, int64_t kernel,
              int64_t stride) {
    const size_t number = convs_.size() + 1;
    norms_.push_back(register_module(fmt::format("norm{}", number), sslx::Norm(inputs, norm)));
    convs_.push_back(register_module(fmt::format("conv{}", number),
                                     sslx::residual_conv(norm, inputs, outputs, kernel, stride)));
  }

  nn::Sequential downsample_;
  std::vector<sslx::Norm> norms_;
  std::vector<sslx::Conv2d> convs_;
};
TORCH_MODULE(PreActivationBlock);

/// Blocks of one resolution, under timm's name.
struct PreActivationStageImpl : nn::Module {
  PreActivationStageImpl(int64_t& inputs, const Stage& stage, bool bottleneck, int64_t stride,
                         const sslx::BlockOptions& options) {
    for (int64_t block = 0; block < stage.blocks; ++block) {
      const bool first = block == 0;
      // As in timm, a stage of bottlenecks always begins with a projection.
      const bool projects = first && (bottleneck || stride > 1 || inputs != stage.outputs);
      blocks_->push_back(
          PreActivationBlock(inputs, stage, bottleneck, first ? stride : 1, projects, options));
      inputs = stage.outputs;
    }
    register_module("blocks", blocks_);
  }

  Tensor forward(const Tensor& x) { return blocks_->forward(x); }

 private:
  nn::Sequential blocks_;
};
TORCH_MODULE(PreActivationStage);

class ResNetV2 : public sslx::Backbone {
 public:
  explicit ResNetV2(const sslx::BackboneContext& context) {
    const sslx::Parameters& p = context.parameters;
    const sslx::BlockOptions options{sslx::norm_options(p), p.boolean("zero_init")};
    const int64_t width = sslx::resnet_width(p.real("width"));
    Plan plan = plan_of(p.integer("depth"), width);
    plan.stages.resize(std::min<size_t>(plan.stages.size(), p.integer("stages")));
    pools_ = p.choice("stem") == "imagenet";
    stem_->push_back("conv", sslx::residual_conv(options.norm, context.input_channels, width,
                                                 pools_ ? 7 : 3, pools_ ? 2 : 1));
    register_module("stem", stem_);
    feature_dim_ = width;
    for (const Stage& stage : plan.stages) {
      stages_->push_back(PreActivationStage(feature_dim_, stage, plan.bottleneck,
                                            stages_->is_empty() ? 1 : 2, options));
    }
    register_module("stages", stages_);
    norm_ = register_module("norm", sslx::Norm(feature_dim_, options.norm));
  }

  Tensor feature_map(const Tensor& images) override {
    Tensor x = stem_->forward(images);
    if (pools_) x = torch::max_pool2d(x, 3, 2, 1);
    return sslx::norm_relu(norm_, stages_->forward(x));
  }

  Tensor forward(const Tensor& images) override { return sslx::mean_pooled(feature_map(images)); }

  int64_t feature_dim() const override { return feature_dim_; }

 private:
  nn::Sequential stem_;
  nn::Sequential stages_;
  sslx::Norm norm_{nullptr};
  bool pools_ = true;
  int64_t feature_dim_ = 0;
};

}  // namespace

SSLX_BACKBONE(ResNetV2, "resnet_v2", "1.0.0",
              "pre-activation ResNet-18 to 152 and 161, for CPC with layer norm",
              "He et al. 2016, arXiv:1603.05027; Henaff et al. 2019, arXiv:1905.09272",
              kParameters);
