// The supervised baseline: cross-entropy on the labels, on one augmented view of each image.
#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/reads_labels.h>

#include <cmath>

namespace {

constexpr std::array kParameters{
    sslx::real("label_smoothing", 0.0, "share of the target spread over all classes")
        .between(0, 1)};

class Supervised : public sslx::Method, public sslx::ReadsLabels {
 public:
  explicit Supervised(const sslx::MethodContext& context)
      : label_smoothing_(context.parameters.real("label_smoothing")),
        backbone_(register_module("backbone", context.make_backbone())),
        classifier_(register_module(
            "classifier", torch::nn::Linear(backbone_->feature_dim(), context.class_count))) {}

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const torch::Tensor logits =
        classifier_->forward(backbone_->forward(batch.views[0])).to(torch::kFloat32);
    const auto options =
        torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(label_smoothing_);
    return {torch::nn::functional::cross_entropy(logits, batch.labels, options),
            {{"training_accuracy", sslx::accuracy(logits, batch.labels)}},
            std::log(static_cast<double>(logits.size(1)))};
  }

  torch::Tensor embed(const torch::Tensor& images) override { return backbone_->forward(images); }

  bool separable() const override { return true; }

 private:
  double label_smoothing_;
  std::shared_ptr<sslx::Backbone> backbone_;
  torch::nn::Linear classifier_;
};

}  // namespace

SSLX_METHOD(Supervised, "supervised", "1.0.0", "cross-entropy on the labels: the upper bracket",
            "He et al. 2016, arXiv:1512.03385", kParameters);
SSLX_DIAGNOSTICS("training_accuracy");
