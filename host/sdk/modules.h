// Parts that several methods are made of: projection heads, the encoder with its head, and the
// momentum copy of a module.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/method.h>
#include <sslx/norm.h>
#include <sslx/torch_base.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

namespace sslx {

/// What an MLP head is: `layers` linear layers from `input` over `hidden` to `output`.
struct MlpOptions {
  int64_t input = 0;
  int64_t hidden = 0;
  int64_t output = 0;
  int64_t layers = 2;
  NormOptions norm;  ///< Which norm; the linear layers before it have no bias, unless it is none.
  bool hidden_norm = true;         ///< There is one after each hidden linear layer.
  bool output_norm = false;        ///< There is one after the last linear layer.
  bool output_norm_affine = true;  ///< That norm's scale and shift are learnt...
  bool output_norm_shift = true;   ///< ... or its scale alone.
  bool output_bias = true;         ///< The last linear layer has a bias (never before a norm).
};

/// Of a head whose parameters are named hidden_width, output_width, and as said for its norm; the
/// rest is for the method to say, and the input for Encoder.
SSLX_API MlpOptions mlp_options(const Parameters& parameters, std::string_view norm = "head_norm",
                                std::string_view groups = "head_groups");

/// Of a head that is one linear layer, to output_width.
SSLX_API MlpOptions linear_head(const Parameters& parameters);

/// Linear (norm) ReLU ... Linear (norm); layers = 0 is the identity, 1 a single linear layer.
/// Takes [N, input] to [N, output]. Throws Error(kInput) for group norm whose groups do not divide
/// a width.
SSLX_API torch::nn::Sequential mlp(const MlpOptions& options);

/// A backbone and the head on it in one module, so that a target network is a copy of both. State:
/// `backbone` and `head`.
class SSLX_API EncoderImpl : public torch::nn::Module {
 public:
  /// `head.input` is the features' width, and so is `head.hidden` where it is 0.
  EncoderImpl(std::shared_ptr<Backbone> backbone, MlpOptions head);
  ~EncoderImpl() override;
  /// Images [N, C, H, W] to [N, head.output].
  torch::Tensor forward(const torch::Tensor& images);

  std::shared_ptr<Backbone> backbone;
  torch::nn::Sequential head{nullptr};
};
TORCH_MODULE(Encoder);

/// The module's parameters that require a gradient: a ViT has positions that are fixed.
SSLX_API std::vector<torch::Tensor> trainable_parameters(const torch::nn::Module& module);

/// Two groups for the optimiser: what the parts of an encoder learn, and what the predictor behind
/// it does, with the settings of `own`, a learning rate of its own (SimSiam, BYOL). One only where
/// the predictor learns nothing.
SSLX_API std::vector<ParameterGroup> with_predictor(
    std::initializer_list<std::reference_wrapper<const torch::nn::Module>> encoder,
    const torch::nn::Module& predictor, ParameterGroup own);

/// No parameter of the module is trained.
SSLX_API void freeze(torch::nn::Module& module);

/// Copies parameters and buffers of `source` into `target`, and stops gradients into `target`.
SSLX_API void copy_frozen(const torch::nn::Module& source, torch::nn::Module& target);

/// target <- momentum * target + (1 - momentum) * source, parameters only: the target keeps its own
/// batch-norm statistics (MoCo, eq. 2; arXiv:1911.05722).
SSLX_API void momentum_update(const torch::nn::Module& source, torch::nn::Module& target,
                              double momentum);

}  // namespace sslx
