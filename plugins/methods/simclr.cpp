// SimCLR: two augmented views of each image attract, the other views of the batch repel.
// Chen et al. 2020, A Simple Framework for Contrastive Learning of Visual Representations,
// arXiv:2002.05709.
#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/modules.h>

namespace {

constexpr std::array kParameters{
    sslx::real("temperature", 0.1, "softmax temperature tau, eq. 1 (0.5 on CIFAR-10)").above(0),
    sslx::choice("head", "nonlinear", "none|linear|nonlinear",
                 "the projection head g, section 4.2"),
    sslx::integer("hidden_width", 0, "width of the head's hidden layer; 0 is the features'")
        .at_least(0),
    sslx::integer("output_width", 128, "width of z").at_least(1),
    // Batch norm after both linear layers, as in the authors' code.
    sslx::norm_parameter("head_norm"), sslx::groups_parameter("head_groups")};

sslx::MlpOptions head_options(const sslx::Parameters& p, int64_t features) {
  sslx::MlpOptions options;
  options.input = features;
  options.hidden = p.integer("hidden_width") > 0 ? p.integer("hidden_width") : features;
  options.output = p.integer("output_width");
  options.layers = p.choice("head") == "none" ? 0 : p.choice("head") == "linear" ? 1 : 2;
  options.norm = sslx::norm_options(p, "head_norm", "head_groups");
  options.output_norm = true;
  return options;
}

class SimCLR : public sslx::Method {
 public:
  explicit SimCLR(const sslx::MethodContext& context)
      : temperature_(context.parameters.real("temperature")),
        backbone_(register_module("backbone", context.make_backbone())),
        head_(register_module(
            "head", sslx::mlp(head_options(context.parameters, backbone_->feature_dim())))) {}

  sslx::Loss loss(const sslx::Batch& batch) override {
    // Both views pass as one batch, so that batch norm sees 2B images (appendix B of the authors'
    // code).
    const torch::Tensor z = head_->forward(backbone_->forward(torch::cat(batch.views)));
    const std::vector<torch::Tensor> views = z.chunk(2);
    const sslx::ContrastiveLoss out = sslx::nt_xent(views[0], views[1], temperature_);
    return {out.value,
            {{"contrastive_accuracy", out.accuracy},
             {"output_deviation", sslx::output_deviation(views[0])}}};
  }

  torch::Tensor embed(const torch::Tensor& images) override { return backbone_->forward(images); }

 private:
  double temperature_;
  std::shared_ptr<sslx::Backbone> backbone_;
  torch::nn::Sequential head_;
};

}  // namespace

SSLX_METHOD(SimCLR, "simclr", "1.0.0", "two views of an image against the rest of the batch",
            "Chen et al. 2020, arXiv:2002.05709", kParameters);
