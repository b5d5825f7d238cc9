// BYOL: the online network predicts what a slowly moving target network makes of the other view;
// no negatives. Grill et al. 2020, Bootstrap Your Own Latent, arXiv:2006.07733; heads without batch
// statistics: Richemond et al. 2020, arXiv:2010.10241.
#include <sslx/losses.h>
#include <sslx/modules.h>
#include <sslx/multi_crop.h>
#include <sslx/schedule.h>

namespace {

constexpr std::array kParameters{
    sslx::real("momentum", 0.996, "of the target at the start, tau_base (0.99 for 300 epochs)")
        .between(0, 1),
    sslx::choice("momentum_schedule", "cosine", "cosine|constant",
                 "cosine rises to 1 at the end of training, section 3.2"),
    sslx::integer("hidden_width", 4096, "hidden width of projector and predictor").at_least(1),
    sslx::integer("output_width", 256, "width of z and of the prediction").at_least(1),
    sslx::choice("predictor", "mlp", "mlp|none", "none: collapses (table 5)"),
    sslx::real("predictor_lr_scale", 1.0, "times the learning rate of the rest").above(0),
    // Each after the hidden layer alone: BYOL has no norm at its outputs, unlike SimCLR.
    sslx::norm_parameter("projector_norm"), sslx::groups_parameter("projector_groups"),
    sslx::norm_parameter("predictor_norm"), sslx::groups_parameter("predictor_groups")};

/// A head of two layers; the last has no bias, as in the authors' code.
sslx::MlpOptions head_options(const sslx::Parameters& p, const std::string& name) {
  sslx::MlpOptions options = sslx::mlp_options(p, name + "_norm", name + "_groups");
  options.output_bias = false;
  return options;
}

sslx::Encoder make_encoder(const sslx::MethodContext& context) {
  return sslx::Encoder(context.make_backbone(), head_options(context.parameters, "projector"));
}

class BYOL : public sslx::PairMethod {
 public:
  explicit BYOL(const sslx::MethodContext& context)
      : PairMethod(context, {.own_teacher = true}),
        momentum_({context.parameters.real("momentum"),
                   context.parameters.choice("momentum_schedule"), /*last=*/1}),
        predictor_lr_scale_(context.parameters.real("predictor_lr_scale")),
        online_(register_module("online", make_encoder(context))),
        target_(register_module("target", make_encoder(context))) {
    sslx::MlpOptions options = head_options(context.parameters, "predictor");
    options.input = options.output;
    if (context.parameters.choice("predictor") == "none") options.layers = 0;
    predictor_ = register_module("predictor", sslx::mlp(options));
    sslx::copy_frozen(*online_, *target_);
  }

  // With the online network's new weights, as algorithm 1 has it.
  void after_step(const sslx::Step& step) override {
    sslx::momentum_update(*online_, *target_, momentum_.at(step.progress()));
  }

  torch::Tensor embed(const torch::Tensor& images) override {
    return online_->backbone->forward(images);
  }

  bool separable() const override { return true; }

  std::vector<sslx::ParameterGroup> parameter_groups() override {
    return sslx::with_predictor({*online_}, *predictor_, {.lr_scale = predictor_lr_scale_});
  }

 protected:
  // Each view is a batch of its own for batch norm, in either network.
  sslx::Encoded student(const torch::Tensor& images) override {
    const torch::Tensor z = online_->forward(images);
    return {z, predictor_->forward(z)};
  }

  sslx::Tensors targets(std::span<const torch::Tensor> globals,
                        std::span<const sslx::Encoded>) override {
    return sslx::target_outputs(target_, globals);
  }

  // Eq. 2 for both orders of the views is added, from 0 to 8; the mean over pairs halves it.
  sslx::Loss pair(const sslx::Encoded& view, const torch::Tensor& target) override {
    return {2 * sslx::normalised_distance(view.p, target),
            {{"target_deviation", sslx::output_deviation(target)}}};
  }

 private:
  sslx::Ramp momentum_;
  double predictor_lr_scale_;
  sslx::Encoder online_;
  sslx::Encoder target_;
  torch::nn::Sequential predictor_{nullptr};
};

}  // namespace

SSLX_METHOD(BYOL, "byol", "1.0.0",
            "an online network predicts a momentum target's view; no negatives",
            "Grill et al. 2020, arXiv:2006.07733", kParameters);
SSLX_DIAGNOSTICS("target_deviation output_deviation output_rank");
