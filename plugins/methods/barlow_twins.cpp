// Barlow Twins: the cross-correlation of two views' outputs becomes the identity; no negatives, no
// momentum, no stop-gradient. Zbontar et al. 2021, Barlow Twins: Self-Supervised Learning via
// Redundancy Reduction, arXiv:2103.03230.
#include <sslx/method.h>
#include <sslx/modules.h>
#include <sslx/shards.h>

namespace {

constexpr std::array kParameters{
    sslx::real("lambda", 0.005, "weight of the redundancy term, eq. 1 (the code: 0.0051)")
        .at_least(0),
    sslx::real("loss_scale", 1.0,
               "times the loss: under LARS, 0.024 gives biases the authors' rate")
        .above(0),
    sslx::integer("hidden_width", 8192, "width of the projector's hidden layers").at_least(1),
    sslx::integer("output_width", 8192, "width of z; wider is better, figure 4").at_least(1),
    sslx::integer("projector_layers", 3, "linear layers of the projector").between(1, 8),
    // After every hidden layer; the loss itself standardises the last one's output.
    sslx::norm_parameter("head_norm"), sslx::groups_parameter("head_groups")};

sslx::MlpOptions head_options(const sslx::Parameters& p) {
  sslx::MlpOptions options = sslx::mlp_options(p);
  options.layers = p.integer("projector_layers");
  options.output_bias = false;
  return options;
}

class BarlowTwins : public sslx::Method {
 public:
  explicit BarlowTwins(const sslx::MethodContext& context)
      : lambda_(context.parameters.real("lambda")),
        loss_scale_(context.parameters.real("loss_scale")),
        group_(context.group),
        encoder_(register_module(
            "encoder", sslx::Encoder(context.make_backbone(), head_options(context.parameters)))) {}

  // Each view is a batch of its own for batch norm, as in algorithm 1.
  sslx::Loss loss(const sslx::Batch& batch) override {
    const torch::Tensor z1 = encoder_->forward(batch.views[0]);
    const torch::Tensor z2 = encoder_->forward(batch.views[1]);
    const sslx::CorrelationLoss out = sslx::cross_correlation(z1, z2, lambda_, *group_);
    return {loss_scale_ * out.value,
            {{"output_deviation", sslx::output_deviation(z1)},
             {"correlation_diagonal", out.diagonal},
             {"correlation_off_diagonal", out.off_diagonal}},
            // While the views share nothing, C is 0.
            loss_scale_ * static_cast<double>(z1.size(1))};
  }

  torch::Tensor embed(const torch::Tensor& images) override {
    return encoder_->backbone->forward(images);
  }

 private:
  double lambda_;
  double loss_scale_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder encoder_;
};

}  // namespace

SSLX_METHOD(BarlowTwins, "barlow_twins", "1.0.0",
            "the views' cross-correlation becomes the identity; no negatives",
            "Zbontar et al. 2021, arXiv:2103.03230", kParameters);
SSLX_DIAGNOSTICS("output_deviation correlation_diagonal correlation_off_diagonal");
