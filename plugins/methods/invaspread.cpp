// InvaSpread: the two views of an image attract, those of different images spread, with one encoder
// and the negatives of the batch. Ye et al. 2019, Unsupervised Embedding Learning via Invariant and
// Spreading Instance Feature, arXiv:1904.03436.
#include <sslx/method.h>
#include <sslx/modules.h>
#include <sslx/shards.h>

#include <cmath>

namespace {

constexpr std::array kParameters{
    sslx::real("temperature", 0.1, "softmax temperature tau, eq. 2").above(0),
    sslx::integer("output_width", 128, "width of the embedding").at_least(1)};

class InvaSpread : public sslx::Method {
 public:
  explicit InvaSpread(const sslx::MethodContext& context)
      : temperature_(context.parameters.real("temperature")),
        group_(context.group),
        // No projection MLP.
        encoder_(register_module("encoder", sslx::Encoder(context.make_backbone(),
                                                          sslx::linear_head(context.parameters)))) {
  }

  sslx::Loss loss(const sslx::Batch& batch) override {
    // Both views pass as one batch, in the authors' code too: batch norm sees 2B images.
    const std::vector<torch::Tensor> z = encoder_->forward(torch::cat(batch.views)).chunk(2);
    const sslx::ContrastiveLoss out = sslx::invariant_spreading(z[0], z[1], temperature_, *group_);
    return {out.value,
            {{"contrastive_accuracy", out.accuracy},
             {"output_deviation", sslx::output_deviation(z[0])}},
            chance(2 * z[0].size(0) * group_->size())};
  }

  torch::Tensor embed(const torch::Tensor& images) override {
    return encoder_->backbone->forward(images);
  }

 private:
  /// The loss over so many rows that are all the same.
  static double chance(int64_t rows) {
    const auto others = static_cast<double>(rows - 1);
    return std::log(others) - (others - 1) * std::log1p(-1 / others);
  }

  double temperature_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder encoder_;
};

}  // namespace

SSLX_METHOD(InvaSpread, "invaspread", "1.0.0",
            "views of an image attract, other images of the batch spread",
            "Ye et al. 2019, arXiv:1904.03436", kParameters);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation");
