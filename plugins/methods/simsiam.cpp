// SimSiam: one view predicts the other, with no negatives and no momentum; the stop-gradient
// prevents collapse. Chen and He 2020, Exploring Simple Siamese Representation Learning,
// arXiv:2011.10566.
#include <sslx/error.h>
#include <sslx/losses.h>
#include <sslx/multi_crop.h>

namespace {

constexpr std::array kParameters{
    sslx::integer("output_width", 2048, "width of z and p").at_least(1),
    sslx::integer("projector_layers", 3, "linear layers of the projector (2 on CIFAR-10)")
        .between(1, 8),
    sslx::integer("predictor_width", 512, "the predictor's hidden width, a bottleneck").at_least(1),
    sslx::choice("predictor", "trained", "trained|fixed|none",
                 "fixed at its start does not converge, none collapses (table 1)"),
    sslx::boolean("predictor_constant_lr", true, "the predictor's learning rate does not decay"),
    sslx::boolean("stop_gradient", true, "false: collapses (figure 2)"),
    sslx::boolean("symmetric", true, "both views predict; false: the second alone (section 4.6)"),
    sslx::norm_parameter("head_norm"), sslx::groups_parameter("head_groups"),
    // Where the heads have that norm: table 3.
    sslx::boolean("projector_hidden_norm", true, "after the projector's hidden layers"),
    sslx::boolean("projector_output_norm", true, "after the projector's last layer"),
    sslx::boolean("projector_output_affine", false, "that norm has a scale and shift"),
    sslx::boolean("predictor_hidden_norm", true, "after the predictor's hidden layer"),
    sslx::boolean("predictor_output_norm", false, "after its last layer; unstable"),
    sslx::choice("target", "view", "view|moving_average",
                 "what a view predicts: the other view, or its image's average, section 5.3"),
    sslx::real("target_momentum", 0.8, "of that average, each time that its image is seen")
        .between(0, 1)};

sslx::MlpOptions projector_options(const sslx::Parameters& p, int64_t features) {
  sslx::MlpOptions options;
  options.norm = sslx::norm_options(p, "head_norm", "head_groups");
  options.input = features;
  options.hidden = options.output = p.integer("output_width");
  options.layers = p.integer("projector_layers");
  options.hidden_norm = p.boolean("projector_hidden_norm");
  options.output_norm = p.boolean("projector_output_norm");
  options.output_norm_affine = p.boolean("projector_output_affine");
  return options;
}

sslx::MlpOptions predictor_options(const sslx::Parameters& p) {
  sslx::MlpOptions options;
  options.norm = sslx::norm_options(p, "head_norm", "head_groups");
  options.input = options.output = p.integer("output_width");
  options.hidden = p.integer("predictor_width");
  options.layers = p.choice("predictor") == "none" ? 0 : 2;
  options.hidden_norm = p.boolean("predictor_hidden_norm");
  options.output_norm = p.boolean("predictor_output_norm");
  return options;
}

class SimSiam : public sslx::PairMethod {
 public:
  explicit SimSiam(const sslx::MethodContext& context)
      : PairMethod(context, {.stop_gradient = context.parameters.boolean("stop_gradient")}),
        symmetric_(context.parameters.boolean("symmetric")),
        constant_lr_(context.parameters.boolean("predictor_constant_lr")),
        target_momentum_(context.parameters.real("target_momentum")),
        group_(context.group),
        backbone_(register_module("backbone", context.make_backbone())) {
    const sslx::Parameters& p = context.parameters;
    projector_ =
        register_module("projector", sslx::mlp(projector_options(p, backbone_->feature_dim())));
    predictor_ = register_module("predictor", sslx::mlp(predictor_options(p)));
    if (p.choice("predictor") == "fixed") sslx::freeze(*predictor_);
    if (p.choice("target") == "view") return;
    if (!p.boolean("stop_gradient")) {
      throw sslx::input_error(
          "simsiam's moving averages have no gradient; stop_gradient must be true with target = "
          "\"moving_average\"");
    }
    const int64_t images = context.dataset_size;
    averages_ = register_buffer("averages", torch::zeros({images, p.integer("output_width")}));
    averaged_ = register_buffer("averaged", torch::zeros({images, 1}, torch::kBool));
  }

  sslx::Loss loss(const sslx::Batch& batch) override {
    indices_ = batch.indices;
    return PairMethod::loss(batch);
  }

  torch::Tensor outputs(const torch::Tensor& images) override {
    return projector_->forward(backbone_->forward(images));
  }

  torch::Tensor embed(const torch::Tensor& images) override { return backbone_->forward(images); }

  bool separable() const override { return true; }

  std::vector<sslx::ParameterGroup> parameter_groups() override {
    return sslx::with_predictor({*backbone_, *projector_}, *predictor_,
                                {.constant_lr = constant_lr_});
  }

 protected:
  sslx::Encoded student(const torch::Tensor& images) override {
    const torch::Tensor z = projector_->forward(backbone_->forward(images));
    return {z, predictor_->forward(z)};
  }

  // Of one target the base class takes the second view's prediction alone.
  sslx::Tensors targets(std::span<const torch::Tensor> globals,
                        std::span<const sslx::Encoded> seen) override {
    sslx::Tensors out = PairMethod::targets(globals, seen);
    if (averages_.defined()) out = averaged(out);
    if (!symmetric_) out.resize(1);
    return out;
  }

  // D of eq. 1. The mean of both orders is the base class's, and so is the stop-gradient of
  // algorithm 1.
  sslx::Loss pair(const sslx::Encoded& view, const torch::Tensor& target) override {
    return {-sslx::cosine(view.p, target), {}};
  }

 private:
  /// Section 5.3: eta of each image moves towards what the network makes of its views, and is what
  /// is predicted; each target has moved by its own view. An image's first views are its average.
  sslx::Tensors averaged(const sslx::Tensors& views) {
    const torch::NoGradGuard guard;
    const torch::Tensor rows = indices_.to(averages_.device());
    const torch::Tensor before = averages_.index_select(0, rows);
    const torch::Tensor known = averaged_.index_select(0, rows);
    const auto moved = [&](const torch::Tensor& z) {
      return torch::where(known, target_momentum_ * before + (1 - target_momentum_) * z, z);
    };
    sslx::Tensors out;
    for (const torch::Tensor& z : views) out.push_back(moved(z.to(torch::kFloat32)));
    const torch::Tensor seen = group_->gather(rows);
    averages_.index_copy_(0, seen, group_->gather(torch::stack(out).mean(0)));
    averaged_.index_fill_(0, seen, 1);
    return out;
  }

  bool symmetric_, constant_lr_;
  double target_momentum_;
  std::shared_ptr<sslx::Group> group_;
  std::shared_ptr<sslx::Backbone> backbone_;
  torch::nn::Sequential projector_{nullptr}, predictor_{nullptr};
  torch::Tensor averages_;  ///< A row an image, only with target = moving_average.
  torch::Tensor averaged_;  ///< Whether an image has one yet, [images, 1].
  torch::Tensor indices_;   ///< Of the batch in hand.
};

}  // namespace

SSLX_METHOD(SimSiam, "simsiam", "1.1.0",
            "each view predicts the other; stop-gradient, no negatives",
            "Chen and He 2020, arXiv:2011.10566", kParameters);
SSLX_DIAGNOSTICS("output_deviation output_rank");
