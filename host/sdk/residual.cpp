#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/residual.h>

#include <algorithm>
#include <cmath>

namespace sslx {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// The 2x2 mean before a projection (ResNet-D: He et al. 2019, arXiv:1812.01187, figure 2c). Sizes
/// at the lower and right edges are those of SimCLR v2's code: with stride 1 an edge is the mean of
/// what there is, with stride 2 an odd side is filled up with zeros.
struct PoolImpl : nn::Module {
  explicit PoolImpl(int64_t stride) : stride_(stride) {}
  Tensor forward(const Tensor& x) {
    const int64_t below = stride_ == 1 ? 1 : x.size(2) % 2;
    const int64_t right = stride_ == 1 ? 1 : x.size(3) % 2;
    if (below == 0 && right == 0) return torch::avg_pool2d(x, 2, stride_);
    const Tensor padded = stride_ == 1 ? torch::replication_pad2d(x, {0, 1, 0, 1})
                                       : torch::constant_pad_nd(x, {0, right, 0, below});
    return torch::avg_pool2d(padded, 2, stride_);
  }
  int64_t stride_;
};
TORCH_MODULE(Pool);

/// The projection of a shortcut; null where the shortcut is the identity.
nn::Sequential projection(int64_t inputs, int64_t outputs, int64_t stride,
                          const BlockOptions& options) {
  if (stride == 1 && inputs == outputs) return nullptr;
  nn::Sequential out;
  const bool pools = options.sk_ratio > 0;
  if (pools) out->push_back(Pool(stride));
  out->push_back(residual_conv(options.norm, inputs, outputs, 1, pools ? 1 : stride));
  out->push_back(Norm(outputs, options.norm));
  return out;
}

void begin_at_zero(const BlockOptions& options, Conv2d& last, Norm& norm) {
  if (!options.zero_init) return;
  nn::init::zeros_(options.norm.kind == NormKind::kNone ? last->weight : norm->weight);
}

NormOptions gate_norm(NormOptions norm) {
  norm.groups = 1;
  return norm;
}

int64_t gate_width(int64_t channels, double ratio) {
  return std::max<int64_t>(32, static_cast<int64_t>(static_cast<double>(channels) * ratio));
}

Tensor shortcut_of(nn::Sequential& downsample, const Tensor& x) {
  return downsample.is_empty() ? x : downsample->forward(x);
}

}  // namespace

ResNetPlan resnet_plan(int64_t depth) {
  switch (depth) {
    case 18:
      return {{2, 2, 2, 2}, false};
    case 34:
      return {{3, 4, 6, 3}, false};
    case 50:
      return {{3, 4, 6, 3}, true};
    case 101:
      return {{3, 4, 23, 3}, true};
    case 152:
      return {{3, 8, 36, 3}, true};
    default:
      throw input_error(
          fmt::format("a ResNet's depth is 18, 34, 50, 101 or 152; it cannot be {}", depth));
  }
}

int64_t resnet_width(double multiplier) {
  const double width = 64 * multiplier;
  if (width < 2 || std::fmod(width, 2) != 0) {
    throw input_error(
        fmt::format("a width multiplier of {} gives no even number of channels: 64 "
                    "times it is {}",
                    multiplier, width));
  }
  return static_cast<int64_t>(width);
}

Conv2d residual_conv(const NormOptions& norm, int64_t inputs, int64_t outputs, int64_t kernel,
                     int64_t stride) {
  Conv2d layer = conv_before(
      norm, nn::Conv2dOptions(inputs, outputs, kernel).stride(stride).padding(kernel / 2));
  nn::init::kaiming_normal_(layer->weight, 0.0, torch::kFanOut, torch::kReLU);
  if (layer->bias.defined()) nn::init::zeros_(layer->bias);
  return layer;
}

SelectiveKernelImpl::SelectiveKernelImpl(int64_t inputs, int64_t outputs, int64_t stride,
                                         const BlockOptions& options)
    : conv_(register_module("conv", residual_conv(options.norm, inputs, 2 * outputs, 3, stride))),
      bn_(register_module("bn", Norm(2 * outputs, options.norm))),
      reduce_(register_module("reduce", residual_conv(options.norm, outputs,
                                                      gate_width(outputs, options.sk_ratio), 1))),
      reduce_norm_(register_module(
          "reduce_bn", Norm(gate_width(outputs, options.sk_ratio), gate_norm(options.norm)))),
      select_(register_module(
          "select",
          Conv2d(
              nn::Conv2dOptions(gate_width(outputs, options.sk_ratio), 2 * outputs, 1).bias(false),
              /*standardised=*/false))) {
  nn::init::kaiming_normal_(select_->weight, 0.0, torch::kFanOut, torch::kReLU);
}
SelectiveKernelImpl::~SelectiveKernelImpl() = default;

Tensor SelectiveKernelImpl::forward(const Tensor& x) {
  const Tensor both = norm_relu(bn_, conv_(x));
  const std::vector<Tensor> branches = both.chunk(2, 1);
  const Tensor pooled = both.mean({2, 3}, /*keepdim=*/true);
  const std::vector<Tensor> halves = pooled.chunk(2, 1);
  const Tensor gate = norm_relu(reduce_norm_, reduce_(halves[0] + halves[1]));
  const std::vector<Tensor> scores = select_(gate).chunk(2, 1);
  // The softmax over two branches is a sigmoid of their difference.
  const Tensor share = torch::sigmoid(scores[0] - scores[1]);
  return branches[1] + (branches[0] - branches[1]) * share;
}

BasicBlockImpl::BasicBlockImpl(int64_t inputs, int64_t width, int64_t stride,
                               const BlockOptions& options)
    : conv1_(register_module("conv1", residual_conv(options.norm, inputs, width, 3, stride))),
      bn1_(register_module("bn1", Norm(width, options.norm))),
      conv2_(register_module("conv2", residual_conv(options.norm, width, width, 3))),
      bn2_(register_module("bn2", Norm(width, options.norm))),
      downsample_(projection(inputs, width, stride, options)) {
  if (!downsample_.is_empty()) register_module("downsample", downsample_);
  begin_at_zero(options, conv2_, bn2_);
}
BasicBlockImpl::~BasicBlockImpl() = default;

Tensor BasicBlockImpl::forward(const Tensor& x) {
  const Tensor shortcut = shortcut_of(downsample_, x);
  const Tensor out = norm_relu(bn1_, conv1_(x));
  return norm_add_relu(bn2_, conv2_(out), shortcut);
}

BottleneckImpl::BottleneckImpl(int64_t inputs, int64_t width, int64_t stride,
                               const BlockOptions& options)
    : conv1_(register_module("conv1", residual_conv(options.norm, inputs, width, 1))),
      bn1_(register_module("bn1", Norm(width, options.norm))) {
  const NormOptions& norm = options.norm;
  if (options.sk_ratio > 0) {
    selective_ = register_module("conv2", SelectiveKernel(width, width, stride, options));
  } else {
    conv2_ = register_module("conv2", residual_conv(norm, width, width, 3, stride));
    bn2_ = register_module("bn2", Norm(width, norm));
  }
  conv3_ = register_module("conv3", residual_conv(norm, width, kExpansion * width, 1));
  bn3_ = register_module("bn3", Norm(kExpansion * width, norm));
  downsample_ = projection(inputs, kExpansion * width, stride, options);
  if (!downsample_.is_empty()) register_module("downsample", downsample_);
  begin_at_zero(options, conv3_, bn3_);
}
BottleneckImpl::~BottleneckImpl() = default;

Tensor BottleneckImpl::forward(const Tensor& x) {
  const Tensor shortcut = shortcut_of(downsample_, x);
  Tensor out = norm_relu(bn1_, conv1_(x));
  out = selective_.is_empty() ? norm_relu(bn2_, conv2_(out)) : selective_(out);
  return norm_add_relu(bn3_, conv3_(out), shortcut);
}

}  // namespace sslx
