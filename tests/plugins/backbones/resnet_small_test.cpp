// With batch norm resnet_small is, to the bit, the network of torch's own layers that it was before
// norms became an option: recorded runs can be made again.
#include <gtest/gtest.h>
#include <sslx/torch.h>

#include "tests/plugins/backbones/backbone_fixture.h"

namespace {

using sslx::test::make_backbone;
using torch::Tensor;
namespace nn = torch::nn;

nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  nn::Conv2d layer(
      nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
  nn::init::kaiming_normal_(layer->weight, 0.0, torch::kFanOut, torch::kReLU);
  return layer;
}

struct PlainBlockImpl : nn::Module {
  PlainBlockImpl(int64_t in, int64_t out, int64_t stride)
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
    return bn2(conv2(bn1(conv1(x)).relu_())).add_(shortcut).relu_();
  }
  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Conv2d conv2;
  nn::BatchNorm2d bn2;
  nn::Sequential downsample{nullptr};
};
TORCH_MODULE(PlainBlock);

struct PlainNet : nn::Module {
  PlainNet()
      : conv1(register_module("conv1", conv(3, 16, 3, 2))),
        bn1(register_module("bn1", nn::BatchNorm2d(16))),
        layer1(register_module("layer1", nn::Sequential(PlainBlock(16, 16, 1)))),
        layer2(register_module("layer2", nn::Sequential(PlainBlock(16, 32, 2)))),
        layer3(register_module("layer3", nn::Sequential(PlainBlock(32, 64, 2)))) {}
  Tensor forward(const Tensor& images) {
    Tensor x = bn1(conv1(images)).relu_();
    for (nn::Sequential* layer : {&layer1, &layer2, &layer3}) x = (*layer)->forward(x);
    return torch::flatten(torch::adaptive_avg_pool2d(x, {1, 1}), 1);
  }
  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Sequential layer1;
  nn::Sequential layer2;
  nn::Sequential layer3;
};

/// Equal to the bit, or as near as rounding leaves them.
bool same(const Tensor& a, const Tensor& b, bool to_the_bit) {
  return to_the_bit ? a.equal(b) : a.allclose(b, 1e-4, 1e-5);
}

void expect_same_items(const torch::OrderedDict<std::string, Tensor>& a,
                       const torch::OrderedDict<std::string, Tensor>& b, bool to_the_bit = true) {
  ASSERT_EQ(a.keys(), b.keys());
  for (const auto& item : a) {
    EXPECT_TRUE(same(item.value(), b[item.key()], to_the_bit)) << item.key();
  }
}

void step(nn::Module& module, const Tensor& features) {
  features.to(torch::kFloat32).square().mean().backward();
  const torch::NoGradGuard guard;
  for (Tensor& parameter : module.parameters()) {
    parameter.sub_(0.1 * parameter.grad());
    parameter.mutable_grad().reset();
  }
}

void expect_same_training(bool channels_last) {
  torch::manual_seed(7);
  PlainNet plain;
  const auto ours = make_backbone("resnet_small", {{"width", 16}}, 3, 7);
  expect_same_items(plain.named_parameters(), ours->named_parameters());
  for (int i = 0; i < 3; ++i) {
    Tensor images = torch::randn({8, 3, 32, 32});
    if (channels_last) images = images.contiguous(torch::MemoryFormat::ChannelsLast);
    const Tensor expected = plain.forward(images);
    const Tensor result = ours->forward(images);
    EXPECT_TRUE(same(result, expected, !channels_last));
    step(plain, expected);
    step(*ours, result);
  }
  expect_same_items(plain.named_parameters(), ours->named_parameters(), !channels_last);
  expect_same_items(plain.named_buffers(), ours->named_buffers(), !channels_last);
}

TEST(SmallResNet, WithBatchNormIsTorchsOwnLayersToTheBit) { expect_same_training(false); }

// There batch norm and ReLU are one operation.
TEST(SmallResNet, WithBatchNormIsTorchsOwnLayersButForRoundingInChannelsLast) {
  expect_same_training(true);
}

}  // namespace
