// The transformer block of a ViT (Dosovitskiy et al. 2021, arXiv:2010.11929, equations 2 and 3)
// under timm's names, with stochastic depth and the attention of the class token on request.
#pragma once

#include <sslx/norm.h>
#include <sslx/torch_base.h>

#include <cmath>

namespace sslx::vit {

using torch::Tensor;
namespace nn = torch::nn;

struct BlockOptions {
  int64_t width = 0;
  int64_t heads = 1;     ///< Divides the width.
  double drop_path = 0;  ///< Probability, 0 <= p < 1, that a sample skips a branch in training.
  NormOptions norm;
};

/// Stochastic depth (Huang et al. 2016, arXiv:1603.09382, section 3): the branch [B, T, D] of each
/// sample is zero with probability `rate`, and 1 / (1 - rate) times itself otherwise, so that its
/// expectation stays. The draws come from torch's default generator of the branch's device.
inline Tensor drop_path(const Tensor& branch, double rate) {
  if (rate == 0) return branch;
  const auto options = branch.options().dtype(torch::kFloat32).requires_grad(false);
  const Tensor kept = torch::empty({branch.size(0), 1, 1}, options).bernoulli_(1 - rate);
  return branch * kept.div_(1 - rate);
}

/// The last layer of a branch: what it writes is what the next norms read, so this is where weight
/// standardisation belongs. Those inside a branch set the scale of a softmax or a GELU.
inline Linear written_to_stream(const BlockOptions& options, int64_t inputs) {
  return Linear(nn::LinearOptions(inputs, options.width), options.norm.standardised);
}

/// Multi-head self-attention of tokens [B, T, D].
struct AttentionImpl : nn::Module {
  explicit AttentionImpl(const BlockOptions& options)
      : heads(options.heads),
        qkv(register_module("qkv", nn::Linear(options.width, 3 * options.width))),
        proj(register_module("proj", written_to_stream(options, options.width))) {}

  Tensor forward(const Tensor& tokens) {
    const std::vector<Tensor> parts = queries_keys_values(tokens);
    const Tensor mixed = at::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
    return proj(mixed.transpose(1, 2).reshape(tokens.sizes()));
  }

  /// The softmax's weights of the first token's query for all others, [B, heads, T - 1].
  Tensor class_attention(const Tensor& tokens) {
    const std::vector<Tensor> parts = queries_keys_values(tokens);
    const Tensor query =
        parts[0].narrow(2, 0, 1) / std::sqrt(static_cast<double>(parts[0].size(3)));
    const Tensor weights = torch::matmul(query, parts[1].transpose(2, 3)).softmax(3);
    return weights.squeeze(2).narrow(2, 1, tokens.size(1) - 1);
  }

  /// Three tensors [B, heads, T, D / heads].
  std::vector<Tensor> queries_keys_values(const Tensor& tokens) {
    const int64_t count = tokens.size(0), length = tokens.size(1), width = tokens.size(2);
    return qkv(tokens)
        .view({count, length, 3, heads, width / heads})
        .permute({2, 0, 3, 1, 4})
        .unbind(0);
  }

  int64_t heads;
  nn::Linear qkv;
  Linear proj;
};
TORCH_MODULE(Attention);

/// Two linear layers with a GELU between them, four times as wide inside.
struct MlpImpl : nn::Module {
  explicit MlpImpl(const BlockOptions& options)
      : fc1(register_module("fc1", nn::Linear(options.width, 4 * options.width))),
        fc2(register_module("fc2", written_to_stream(options, 4 * options.width))) {}

  Tensor forward(const Tensor& tokens) { return fc2(torch::gelu(fc1(tokens))); }

  nn::Linear fc1;
  Linear fc2;
};
TORCH_MODULE(Mlp);

/// Attention and MLP, each after its norm and added to what came in (pre-norm).
struct BlockImpl : nn::Module {
  explicit BlockImpl(const BlockOptions& options)
      : drop_path_rate(options.drop_path),
        norm1(register_module("norm1", Norm(options.width, options.norm))),
        attn(register_module("attn", Attention(options))),
        norm2(register_module("norm2", Norm(options.width, options.norm))),
        mlp(register_module("mlp", Mlp(options))) {}

  Tensor forward(const Tensor& tokens) {
    const double rate = is_training() ? drop_path_rate : 0;
    const Tensor attended = tokens + drop_path(attn(norm1(tokens)), rate);
    return attended + drop_path(mlp(norm2(attended)), rate);
  }

  /// How the first token attends to all the others, [B, heads, T - 1].
  Tensor class_attention(const Tensor& tokens) { return attn->class_attention(norm1(tokens)); }

  double drop_path_rate;
  Norm norm1;
  Attention attn;
  Norm norm2;
  Mlp mlp;
};
TORCH_MODULE(Block);

}  // namespace sslx::vit
