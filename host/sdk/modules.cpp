#include <sslx/modules.h>

namespace sslx {
namespace {

void append_norm(torch::nn::Sequential& head, int64_t width, bool affine) {
  head->push_back(torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(width).affine(affine)));
}

void append_linear(torch::nn::Sequential& head, int64_t input, int64_t output, bool bias) {
  head->push_back(torch::nn::Linear(torch::nn::LinearOptions(input, output).bias(bias)));
}

}  // namespace

torch::nn::Sequential mlp(const MlpOptions& options) {
  torch::nn::Sequential head;
  int64_t width = options.input;
  for (int64_t layer = 0; layer + 1 < options.layers; ++layer) {
    append_linear(head, width, options.hidden, !options.hidden_norm);
    if (options.hidden_norm) append_norm(head, options.hidden, true);
    head->push_back(torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true)));
    width = options.hidden;
  }
  if (options.layers > 0) {
    append_linear(head, width, options.output, options.output_bias && !options.output_norm);
    if (options.output_norm) append_norm(head, options.output, options.output_norm_affine);
  } else {
    head->push_back(torch::nn::Identity());
  }
  return head;
}

void copy_frozen(const torch::nn::Module& source, torch::nn::Module& target) {
  const torch::NoGradGuard guard;
  const auto from = source.named_parameters();
  for (auto& item : target.named_parameters()) {
    item.value().copy_(from[item.key()]);
    item.value().set_requires_grad(false);
  }
  const auto buffers = source.named_buffers();
  for (auto& item : target.named_buffers()) item.value().copy_(buffers[item.key()]);
}

void momentum_update(const torch::nn::Module& source, torch::nn::Module& target, double momentum) {
  const torch::NoGradGuard guard;
  const std::vector<torch::Tensor> from = source.parameters();
  std::vector<torch::Tensor> to = target.parameters();
  TORCH_CHECK(from.size() == to.size(), "a momentum update needs two modules of one structure");
  if (!to.empty()) at::_foreach_lerp_(to, from, 1.0 - momentum);
}

}  // namespace sslx
