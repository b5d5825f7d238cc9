// What residual networks are made of (He et al. 2016, arXiv:1512.03385): how many blocks a depth
// has, a convolution with their initialisation, and their blocks. Names and shapes are those of
// torchvision's ResNet, the stride being on a bottleneck's 3x3 convolution ("v1.5").
#pragma once

#include <sslx/conv.h>

#include <vector>

namespace sslx {

/// The blocks in each stage of a ResNet, and of what kind they are.
struct ResNetPlan {
  std::vector<int64_t> blocks;
  bool bottleneck = false;
};

/// Of depth 18, 34, 50, 101 or 152 (He et al., table 1). Throws Error(kInput) for another.
SSLX_API ResNetPlan resnet_plan(int64_t depth);

/// 64 times the multiplier: the channels of the stem and of the first stage's 3x3 convolutions.
/// Throws Error(kInput) unless that is an even whole number.
SSLX_API int64_t resnet_width(double multiplier);

/// A convolution of an odd kernel with padding kernel / 2, that `norm` follows. Weights are normal
/// with variance 2 / fan_out (He et al. 2015, arXiv:1502.01852, eq. 14), as torchvision's; a bias,
/// had without a norm only, is 0.
SSLX_API Conv2d residual_conv(const NormOptions& norm, int64_t inputs, int64_t outputs,
                              int64_t kernel, int64_t stride = 1);

/// What the blocks of a network have in common.
struct BlockOptions {
  NormOptions norm;
  /// The last norm's scale (without a norm the last convolution) is 0 at first, so that the block
  /// begins as its shortcut (Goyal et al. 2017, arXiv:1706.02677, section 5.1).
  bool zero_init = false;
  /// Above 0: a bottleneck's 3x3 convolution is a selective kernel, whose gate has this share of
  /// its channels, and a projecting shortcut pools first: SimCLR v2's SK networks have 0.0625.
  double sk_ratio = 0;
};

/// Two 3x3 convolutions with kernels that each image selects: F * ratio (at least 32) features of
/// the pooled sum give each of F channels its share of either (Li et al. 2019, arXiv:1903.06586,
/// section 3.1, as SimCLR v2's code has it: both 3x3, without dilation). Group norm takes the
/// gate's few features as one group, since a pooled map has but one value a channel.
class SSLX_API SelectiveKernelImpl : public torch::nn::Module {
 public:
  SelectiveKernelImpl(int64_t inputs, int64_t outputs, int64_t stride, const BlockOptions& options);
  ~SelectiveKernelImpl() override;
  /// [N, C, H, W] to [N, F, H', W'], after a norm and ReLU.
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Conv2d conv_;
  Norm bn_;
  Conv2d reduce_;
  Norm reduce_norm_;
  Conv2d select_;
};
TORCH_MODULE(SelectiveKernel);

/// Two 3x3 convolutions and a shortcut (He et al. 2016, figure 5 left).
class SSLX_API BasicBlockImpl : public torch::nn::Module {
 public:
  static constexpr int64_t kExpansion = 1;  ///< Channels of the output over `width`.

  BasicBlockImpl(int64_t inputs, int64_t width, int64_t stride, const BlockOptions& options);
  ~BasicBlockImpl() override;
  /// [N, inputs, H, W] to [N, width, H / stride, W / stride].
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Conv2d conv1_;
  Norm bn1_;
  Conv2d conv2_;
  Norm bn2_;
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(BasicBlock);

/// 1x1, 3x3 and 1x1 convolutions and a shortcut (He et al. 2016, figure 5 right).
class SSLX_API BottleneckImpl : public torch::nn::Module {
 public:
  static constexpr int64_t kExpansion = 4;

  BottleneckImpl(int64_t inputs, int64_t width, int64_t stride, const BlockOptions& options);
  ~BottleneckImpl() override;
  /// [N, inputs, H, W] to [N, 4 * width, H / stride, W / stride].
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Conv2d conv1_;
  Norm bn1_;
  Conv2d conv2_{nullptr};
  Norm bn2_{nullptr};
  SelectiveKernel selective_{nullptr};  ///< Instead of conv2 and bn2, under the name conv2.
  Conv2d conv3_{nullptr};
  Norm bn3_{nullptr};
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(Bottleneck);

/// `blocks` blocks from `inputs` channels, which it sets to those of the output; the first has the
/// stride.
template <typename Block>
torch::nn::Sequential residual_stage(int64_t& inputs, int64_t width, int64_t blocks, int64_t stride,
                                     const BlockOptions& options) {
  torch::nn::Sequential stage;
  for (int64_t block = 0; block < blocks; ++block) {
    stage->push_back(Block(inputs, width, block == 0 ? stride : 1, options));
    inputs = width * Block::ContainedType::kExpansion;
  }
  return stage;
}

}  // namespace sslx
