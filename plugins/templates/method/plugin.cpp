// @NAME@: the views of an image lie close together, all images spread evenly over the sphere.
// It begins as the alignment and uniformity loss of Wang and Isola 2020, arXiv:2005.10242.
#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/modules.h>
#include <sslx/precision.h>
#include <sslx/torch.h>

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("uniformity", 1.0, "weight of the uniformity term").at_least(0),
    sslx::real("kernel", 2.0, "t of the Gaussian kernel in the uniformity term").above(0),
    sslx::integer("output_width", 128, "width of z").at_least(1)};

class @TYPE@ : public sslx::Method {
 public:
  explicit @TYPE@(const sslx::MethodContext& context)
      : uniformity_(context.parameters.real("uniformity")),
        kernel_(context.parameters.real("kernel")),
        // What is not registered is neither trained nor saved, and nothing stops for it.
        backbone_(register_module("backbone", context.make_backbone())) {
    sslx::MlpOptions head;
    head.input = head.hidden = backbone_->feature_dim();
    head.output = context.parameters.integer("output_width");
    projector_ = register_module("projector", sslx::mlp(head));
  }

  // Called for each batch; batch.views holds view_count() tensors, two unless you override it.
  // Under autocast (bf16 where the processor has it) the networks give few digits. unit_rows() and
  // the losses of <sslx/losses.h> go on in float32; what you write yourself on other outputs takes
  // sslx::wide(z), and a product of matrices that must be exact an sslx::FullPrecision guard.
  sslx::Loss loss(const sslx::Batch& batch) override {
    const Tensor z1 = project(batch.views[0]);
    const Tensor z2 = project(batch.views[1]);
    const Tensor alignment = (z1 - z2).square().sum(1).mean();
    const Tensor uniformity = (spread(z1) + spread(z2)) / 2;
    // By the last two sslx tells a collapse: outputs that become all alike, or lie on a line.
    return {alignment + uniformity_ * uniformity,
            {{"alignment_term", alignment.detach()},
             {"uniformity_term", uniformity.detach()},
             {"output_deviation", sslx::output_deviation(z1)},
             {"output_rank", sslx::output_rank(z1)}}};
  }

  // What evaluation reads: the features before the head.
  Tensor embed(const Tensor& images) override { return backbone_->forward(images); }

 private:
  Tensor project(const Tensor& view) {
    return sslx::unit_rows(projector_->forward(backbone_->forward(view)));
  }
  Tensor spread(const Tensor& z) const {
    return torch::pdist(z).square().mul(-kernel_).exp().mean().log();
  }

  double uniformity_;
  double kernel_;
  std::shared_ptr<sslx::Backbone> backbone_;
  torch::nn::Sequential projector_{nullptr};
};

}  // namespace

SSLX_METHOD(@TYPE@, "@NAME@", "0.1.0", "views of an image close, all images spread evenly",
            "Wang and Isola 2020, arXiv:2005.10242", kParameters);

// The names of all diagnostics that loss() may return: a table may ask for them.
SSLX_DIAGNOSTICS("alignment_term uniformity_term output_deviation output_rank");
