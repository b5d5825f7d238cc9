#include "host/train/warm_up.h"

#include <sslx/torch_base.h>

namespace sslx::train {
namespace {

/// What a network and its evaluation are made of, of one kind of number.
void compute(torch::ScalarType type) {
  const torch::Tensor images = torch::ones({2, 3, 8, 8}, type);
  const torch::Tensor weight = torch::ones({4, 3, 3, 3}, type);
  torch::Tensor x = torch::conv2d(images.contiguous(torch::MemoryFormat::ChannelsLast),
                                  weight.contiguous(torch::MemoryFormat::ChannelsLast), {}, 1, 1);
  const torch::Tensor ones = torch::ones({4});
  for (const bool training : {true, false}) {
    x = torch::batch_norm(x, ones, ones, ones.clone(), ones.clone(), training, 0.1, 1e-5, true);
  }
  x = torch::adaptive_avg_pool2d(torch::relu(x), {1, 1}).flatten(1);
  x = torch::linear(x, torch::ones({4, 4}, type)).to(torch::kFloat32);
  x = torch::nn::functional::normalize(x);
  const torch::Tensor labels = torch::zeros({2}, torch::kInt64);
  const torch::Tensor logits = x.matmul(x.t()) / 0.07;
  static_cast<void>(torch::cross_entropy_loss(logits, labels).item<double>());
  const auto [values, places] = logits.topk(1);
  torch::zeros({2, 2}).scatter_add_(1, places, values.exp());
  static_cast<void>(torch::cat({logits.argmax(1), labels}).eq(0).sum().item<int64_t>());
}

}  // namespace

void warm_up() {
  const torch::NoGradGuard no_gradient;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  compute(torch::kFloat32);
  compute(torch::kBFloat16);
  at::set_num_threads(threads);
}

}  // namespace sslx::train
