// RotNet: the network tells by which multiple of 90 degrees an image was turned, which it can only
// when it knows what is up. Gidaris et al. 2018, Unsupervised Representation Learning by
// Predicting Image Rotations, arXiv:1803.07728.
#include <sslx/error.h>
#include <sslx/method.h>

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::integer("rotations", 4, "how many of 0, 90, 180 and 270 degrees").between(2, 4)};

class RotNet : public sslx::Method {
 public:
  explicit RotNet(const sslx::MethodContext& context)
      : rotations_(context.parameters.integer("rotations")),
        backbone_(register_module("backbone", context.make_backbone())),
        classifier_(register_module("classifier",
                                    torch::nn::Linear(backbone_->feature_dim(), rotations_))) {}

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const Tensor& images = batch.views[0];
    if (images.size(2) != images.size(3)) {
      throw sslx::input_error("my_method turns square images only");
    }
    std::vector<Tensor> turned;
    for (int64_t turn = 0; turn < rotations_; ++turn) {
      turned.push_back(torch::rot90(images, turn, {2, 3}));
    }
    const Tensor target =
        torch::arange(rotations_, batch.labels.options()).repeat_interleave(images.size(0));
    const Tensor logits = classifier_->forward(backbone_->forward(torch::cat(turned)));
    const Tensor right = logits.argmax(1).eq(target).to(torch::kFloat).mean();
    return {torch::cross_entropy_loss(logits, target), {{"rotation_accuracy", right}}};
  }

  Tensor embed(const Tensor& images) override { return backbone_->forward(images); }

 private:
  int64_t rotations_;
  std::shared_ptr<sslx::Backbone> backbone_;
  torch::nn::Linear classifier_;
};

}  // namespace

SSLX_METHOD(RotNet, "my_method", "0.1.0", "tells by which right angle an image was turned",
            "Gidaris et al. 2018, arXiv:1803.07728", kParameters);
