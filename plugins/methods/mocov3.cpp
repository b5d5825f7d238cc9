// MoCo v3: a query's prediction of the key that a momentum encoder makes of the other view, among
// the keys of the whole batch; no queue. Chen, Xie and He 2021, An Empirical Study of Training
// Self-Supervised Vision Transformers, arXiv:2104.02057. What stabilises a ViT, the patch
// projection that stays as it was drawn (section 4.2), is the backbone's: vit's patch_projection =
// "frozen".
#include <sslx/modules.h>
#include <sslx/multi_crop.h>
#include <sslx/schedule.h>
#include <sslx/shards.h>

#include <cmath>

namespace {

using sslx::Tensors;
using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("temperature", 0.2, "softmax temperature tau (1.0 for ResNet-50)").above(0),
    sslx::real("momentum", 0.99, "of the key encoder at the start").between(0, 1),
    sslx::schedule_parameter("momentum", "cosine"),
    sslx::final_parameter("momentum", 1.0).between(0, 1), sslx::share_parameter("momentum"),
    sslx::integer("hidden_width", 4096, "hidden width of projector and predictor").at_least(1),
    sslx::integer("output_width", 256, "width of queries and keys").at_least(1),
    sslx::integer("projector_layers", 3, "linear layers of the projector (2 for ResNet-50)")
        .between(1, 8),
    sslx::integer("predictor_layers", 2, "linear layers of the predictor; 0: there is none")
        .between(0, 8),
    // After every layer, the last one's without scale and shift.
    sslx::norm_parameter("head_norm"), sslx::groups_parameter("head_groups"),
    sslx::boolean("predictor_output_norm", true, "after the predictor (false for ResNet-50)")};

/// Without biases, as in the authors' code; the backbone's width is filled in by Encoder.
sslx::MlpOptions head_options(const sslx::Parameters& p, int64_t layers, bool output_norm) {
  sslx::MlpOptions options = sslx::mlp_options(p);
  options.input = options.output;
  options.layers = layers;
  options.output_norm = output_norm;
  options.output_norm_affine = false;
  options.output_bias = false;
  return options;
}

sslx::Encoder make_encoder(const sslx::MethodContext& context) {
  const sslx::Parameters& p = context.parameters;
  return sslx::Encoder(context.make_backbone(),
                       head_options(p, p.integer("projector_layers"), /*output_norm=*/true));
}

class MoCoV3 : public sslx::PairMethod {
 public:
  explicit MoCoV3(const sslx::MethodContext& context)
      : PairMethod(context, {.own_teacher = true}),
        temperature_(context.parameters.real("temperature")),
        momentum_(sslx::ramp(context.parameters, "momentum")),
        group_(context.group),
        query_(register_module("query", make_encoder(context))),
        key_(register_module("key", make_encoder(context))) {
    const sslx::Parameters& p = context.parameters;
    predictor_ =
        register_module("predictor", sslx::mlp(head_options(p, p.integer("predictor_layers"),
                                                            p.boolean("predictor_output_norm"))));
    sslx::copy_frozen(*query_, *key_);
  }

  // Algorithm 1: after the update, with the new weights. The predictor has no momentum copy.
  void after_step(const sslx::Step& step) override {
    sslx::momentum_update(*query_, *key_, momentum_.at(step.progress()));
  }

  Tensor embed(const Tensor& images) override { return query_->backbone->forward(images); }

 protected:
  sslx::Encoded student(const Tensor& images) override {
    const Tensor z = query_->forward(images);
    return {z, predictor_->forward(z)};
  }

  // Each view is a batch of its own for batch norm, as in algorithm 1.
  Tensors targets(std::span<const Tensor> globals, std::span<const sslx::Encoded>) override {
    return sslx::target_outputs(key_, globals);
  }

  // ctr(q, k) is 2 tau times the cross-entropy, and both orders of two views are added, where the
  // base class takes their mean.
  sslx::Loss pair(const sslx::Encoded& view, const Tensor& key) override {
    const sslx::ContrastiveLoss out = sslx::in_batch_info_nce(view.p, key, temperature_, *group_);
    const double keys = static_cast<double>(key.size(0) * group_->size());
    return {4 * temperature_ * out.value,
            {{"contrastive_accuracy", out.accuracy}},
            4 * temperature_ * std::log(keys)};
  }

 private:
  double temperature_;
  sslx::Ramp momentum_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder query_;
  sslx::Encoder key_;
  torch::nn::Sequential predictor_{nullptr};
};

}  // namespace

SSLX_METHOD(MoCoV3, "mocov3", "1.0.0",
            "a prediction against a momentum encoder's keys of the whole batch; no queue",
            "Chen, Xie and He 2021, arXiv:2104.02057", kParameters);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation output_rank");
