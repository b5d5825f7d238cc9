// CPC's autoregressive network over the grid of patches (PixelCNN style; van den Oord et al. 2018,
// arXiv:1807.03748, section 3.2, in the form of CPC v2's pseudo-code, arXiv:1905.09272, appendix):
// the context of row r has seen rows 0 to r. No norm, which could let it see more. And the
// predictions that are made from it.
#pragma once

#include <sslx/parameters.h>
#include <sslx/torch.h>

#include <array>
#include <string>
#include <vector>

namespace sslx::cpc {

/// 1x1, 1x3 across, 2x1 over the row and the one above it, 1x1; added to what comes in.
class CausalLayerImpl : public torch::nn::Module {
 public:
  CausalLayerImpl(int64_t channels, int64_t width)
      : narrow_(register_module("narrow", convolution(channels, width, {1, 1}))),
        across_(register_module("across", convolution(width, width, {1, 3}))),
        down_(register_module("down", convolution(width, width, {2, 1}))),
        widen_(register_module("widen", convolution(width, channels, {1, 1}))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor row = across_(narrow_(x).relu());
    // One row of zeros above the first: (left, right, above, below).
    const torch::Tensor rows = down_(torch::constant_pad_nd(row, {0, 0, 1, 0})).relu();
    return x + widen_(rows);
  }

 private:
  static torch::nn::Conv2d convolution(int64_t inputs, int64_t outputs,
                                       torch::ExpandingArray<2> kernel) {
    const int64_t beside = kernel->at(1) / 2;
    return torch::nn::Conv2d(
        torch::nn::Conv2dOptions(inputs, outputs, kernel).padding({0, beside}));
  }

  torch::nn::Conv2d narrow_, across_, down_, widen_;
};
TORCH_MODULE(CausalLayer);

/// Layers of that kind and a ReLU: [B, D, g, g] to [B, D, g, g].
inline torch::nn::Sequential context_network(int64_t channels, int64_t width, int64_t layers) {
  torch::nn::Sequential out;
  for (int64_t layer = 0; layer < layers; ++layer) out->push_back(CausalLayer(channels, width));
  out->push_back(torch::nn::ReLU());
  return out;
}

/// The context network of one direction, and its predictions W_k.
class DirectionImpl : public torch::nn::Module {
 public:
  DirectionImpl(const Parameters& p, int64_t features, int64_t targets) {
    context_ = register_module("context", context_network(features, p.integer("context_width"),
                                                          p.integer("context_layers")));
    for (int64_t k = p.integer("first_step"); k <= p.integer("last_step"); ++k) {
      const auto w = torch::nn::LinearOptions(features, targets).bias(false);
      steps_.push_back(register_module("step" + std::to_string(k), torch::nn::Linear(w)));
    }
  }

  /// W_k c, one tensor a step: [B, D, g, g] to [B, g, g, targets] each.
  std::vector<torch::Tensor> forward(const torch::Tensor& grid) {
    const torch::Tensor c = context_->forward(grid).permute({0, 2, 3, 1});
    std::vector<torch::Tensor> out;
    for (torch::nn::Linear& step : steps_) out.push_back(step->forward(c));
    return out;
  }

 private:
  torch::nn::Sequential context_{nullptr};
  std::vector<torch::nn::Linear> steps_;
};
TORCH_MODULE(Direction);

/// The grid turned so that the side from which it is seen comes first: 0 above, 1 below, 2 left,
/// 3 right (CPC v2, section 3: predictions in several directions).
inline torch::Tensor seen_from(const torch::Tensor& grid, int64_t side) {
  constexpr std::array<int64_t, 4> kQuarterTurns{0, 2, 3, 1};
  return torch::rot90(grid, kQuarterTurns.at(static_cast<size_t>(side)), {2, 3});
}

}  // namespace sslx::cpc
