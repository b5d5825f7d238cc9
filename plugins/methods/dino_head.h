// DINO's projection head (section 3.1 and appendix C of arXiv:2104.14294): an MLP with GELU down to
// a bottleneck, unit length, and a last linear layer whose rows have their length as a parameter
// of its own (weight normalisation, Salimans and Kingma 2016, arXiv:1602.07868). Parameters' names
// are those of the authors' code.
#pragma once

#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/norm.h>
#include <sslx/parameters.h>
#include <sslx/precision.h>
#include <sslx/torch.h>

namespace sslx::dino {

namespace nn = torch::nn;
using torch::Tensor;

struct HeadOptions {
  int64_t input = 0;
  int64_t hidden = 0;
  int64_t bottleneck = 0;
  int64_t output = 0;
  int64_t layers = 0;           ///< Linear layers before the last one.
  bool unit_last_layer = true;  ///< The last layer's rows keep length 1.
  NormOptions norm = no_norm;   ///< After each hidden layer.
};

inline constexpr ParameterSpec kHiddenWidth =
    integer("hidden_width", 2048, "of the head's hidden layers").at_least(1);
inline constexpr ParameterSpec kBottleneckWidth =
    integer("bottleneck_width", 256, "of what is brought to length 1 for the last layer")
        .at_least(1);
inline constexpr ParameterSpec kHeadLayers =
    integer("head_layers", 3, "linear layers before the last one").between(1, 8);
inline constexpr ParameterSpec kUnitLastLayer =
    boolean("unit_last_layer", true, "the last layer's rows keep length 1");

/// What the parameters of the method say; the input is the backbone's to say.
inline HeadOptions head_options(const Parameters& p) {
  HeadOptions out;
  out.hidden = p.integer("hidden_width");
  out.bottleneck = p.integer("bottleneck_width");
  out.output = p.integer("output_width");
  out.layers = p.integer("head_layers");
  out.unit_last_layer = p.boolean("unit_last_layer");
  out.norm = norm_options(p, "head_norm", "head_groups");
  return out;
}

class HeadImpl : public nn::Module {
 public:
  explicit HeadImpl(const HeadOptions& options) {
    mlp_ = register_module("mlp", bottleneck_of(options));
    const auto last = register_module("last_layer", std::make_shared<nn::Module>());
    // As torch's linear layer begins; of its rows only the directions count.
    const nn::Linear begins(nn::LinearOptions(options.bottleneck, options.output).bias(false));
    direction_ = last->register_parameter("weight_v", begins->weight.detach().clone());
    length_ = last->register_parameter("weight_g", torch::ones({options.output, 1}),
                                       /*requires_grad=*/!options.unit_last_layer);
  }

  /// [N, input] to logits [N, output] in float32 or wider; no gradient reaches the last layer while
  /// it is `frozen`.
  Tensor forward(const Tensor& features, bool frozen = false) {
    const Tensor bottleneck = unit_rows(mlp_->forward(features));
    // A softmax at 0.04 makes 25 times as much of what bf16 rounds off.
    const FullPrecision guard(features.device().type());
    const Tensor weight = unit_rows(direction_) * length_;
    return torch::mm(bottleneck, (frozen ? weight.detach() : weight).t());
  }

 private:
  static nn::Sequential bottleneck_of(const HeadOptions& options) {
    nn::Sequential out;
    int64_t width = options.input;
    for (int64_t layer = 1; layer < options.layers; ++layer) {
      out->push_back(linear_before(options.norm, width, options.hidden));
      if (options.norm.kind != NormKind::kNone) out->push_back(Norm(options.hidden, options.norm));
      out->push_back(nn::GELU());
      width = options.hidden;
    }
    out->push_back(nn::Linear(width, options.bottleneck));
    const torch::NoGradGuard guard;
    for (auto& item : out->named_parameters()) {
      // The authors' normal of 0.02, cut 100 deviations away.
      if (item->dim() > 1) nn::init::normal_(item.value(), 0, 0.02);
      if (item.key().ends_with("bias")) nn::init::zeros_(item.value());
    }
    return out;
  }

  nn::Sequential mlp_{nullptr};
  Tensor direction_;
  Tensor length_;
};
TORCH_MODULE(Head);

/// A backbone and its head, student or teacher.
class NetworkImpl : public nn::Module {
 public:
  explicit NetworkImpl(const MethodContext& context)
      : backbone(register_module("backbone", context.make_backbone())) {
    HeadOptions options = head_options(context.parameters);
    options.input = backbone->feature_dim();
    head_ = register_module("head", Head(options));
  }

  /// Images [N, C, H, W] to logits [N, output].
  Tensor forward(const Tensor& images, bool frozen = false) {
    return head_->forward(backbone->forward(images), frozen);
  }

  std::shared_ptr<Backbone> backbone;

 private:
  Head head_{nullptr};
};
TORCH_MODULE(Network);

}  // namespace sslx::dino
