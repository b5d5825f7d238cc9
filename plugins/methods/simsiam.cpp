// SimSiam: one view predicts the other, with no negatives and no momentum; the stop-gradient
// prevents collapse. Chen and He 2020, Exploring Simple Siamese Representation Learning,
// arXiv:2011.10566.
#include <sslx/losses.h>
#include <sslx/modules.h>
#include <sslx/multi_crop.h>

namespace {

constexpr std::array kParameters{
    sslx::integer("output_width", 2048, "width of z and p").at_least(1),
    sslx::integer("projector_layers", 3, "linear layers of the projector (2 on CIFAR-10)")
        .between(1, 8),
    sslx::integer("predictor_width", 512, "the predictor's hidden width, a bottleneck").at_least(1),
    sslx::boolean("predictor_constant_lr", true, "the predictor's learning rate does not decay"),
    sslx::boolean("stop_gradient", true, "false: collapses (table 1)"),
    // After every layer but the predictor's last (table 3).
    sslx::norm_parameter("head_norm"), sslx::groups_parameter("head_groups")};

class SimSiam : public sslx::PairMethod {
 public:
  explicit SimSiam(const sslx::MethodContext& context)
      : PairMethod(context, {.stop_gradient = context.parameters.boolean("stop_gradient")}),
        stop_gradient_(context.parameters.boolean("stop_gradient")),
        constant_lr_(context.parameters.boolean("predictor_constant_lr")),
        backbone_(register_module("backbone", context.make_backbone())) {
    const int64_t width = context.parameters.integer("output_width");
    sslx::MlpOptions projector;
    projector.norm = sslx::norm_options(context.parameters, "head_norm", "head_groups");
    projector.input = backbone_->feature_dim();
    projector.hidden = projector.output = width;
    projector.layers = context.parameters.integer("projector_layers");
    projector.output_norm = true;
    projector.output_norm_affine = false;
    projector_ = register_module("projector", sslx::mlp(projector));
    sslx::MlpOptions predictor;
    predictor.norm = projector.norm;
    predictor.input = predictor.output = width;
    predictor.hidden = context.parameters.integer("predictor_width");
    predictor_ = register_module("predictor", sslx::mlp(predictor));
  }

  torch::Tensor embed(const torch::Tensor& images) override { return backbone_->forward(images); }

  bool separable() const override { return true; }

  std::vector<sslx::ParameterGroup> parameter_groups() override {
    sslx::ParameterGroup encoder;
    encoder.parameters = sslx::trainable_parameters(*backbone_);
    for (const torch::Tensor& p : sslx::trainable_parameters(*projector_)) {
      encoder.parameters.push_back(p);
    }
    sslx::ParameterGroup predictor;
    predictor.parameters = sslx::trainable_parameters(*predictor_);
    predictor.constant_lr = constant_lr_;
    return {encoder, predictor};
  }

 protected:
  sslx::Encoded student(const torch::Tensor& images) override {
    const torch::Tensor z = projector_->forward(backbone_->forward(images));
    return {z, predictor_->forward(z)};
  }

  // The mean of both orders is the base class's; negative_cosine() has the stop-gradient of
  // algorithm 1.
  sslx::Loss pair(const sslx::Encoded& view, const torch::Tensor& target) override {
    if (stop_gradient_) return {sslx::negative_cosine(view.p, target), {}};
    return {-(sslx::unit_rows(view.p) * sslx::unit_rows(target)).sum(1).mean(), {}};
  }

 private:
  bool stop_gradient_;
  bool constant_lr_;
  std::shared_ptr<sslx::Backbone> backbone_;
  torch::nn::Sequential projector_{nullptr};
  torch::nn::Sequential predictor_{nullptr};
};

}  // namespace

SSLX_METHOD(SimSiam, "simsiam", "1.0.0",
            "each view predicts the other; stop-gradient, no negatives",
            "Chen and He 2020, arXiv:2011.10566", kParameters);
